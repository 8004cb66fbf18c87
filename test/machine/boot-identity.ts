/** Whose machine it is. */
export const IDENTITY = {
  project: 'acme-agents',
  email: 'ap-aaaaaaaaaa-bbbbbbbbbb@acme-agents.iam.gserviceaccount.com',
  sub: '104857600000000000001',
  instanceId: '4711',
  zone: 'us-east4-a',
  accessToken: 'ya29.the-token-of-this-machine',
} as const
