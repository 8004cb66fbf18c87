/** What Slack is told of the app. https://docs.slack.dev/reference/app-manifest */
export const slackManifest = (url: string) => ({
  display_information: {
    name: 'Agents Plane',
    description: 'Give people AI agents of their own, and look after them',
    background_color: '#1f2937',
  },
  features: {
    bot_user: { display_name: 'planes', always_online: true },
    slash_commands: [
      {
        command: '/planes',
        url,
        description: 'Agents: add, look at, start, stop, remove',
        usage_hint: 'help | status | add @PERSON | logs NAME | remove NAME',
        should_escape: true,
      },
    ],
  },
  oauth_config: { scopes: { bot: ['commands', 'chat:write', 'im:write', 'users:read'] } },
  settings: {
    interactivity: { is_enabled: true, request_url: url },
    org_deploy_enabled: false,
    socket_mode_enabled: false,
    token_rotation_enabled: false,
  },
})

/** The page that makes an app of this manifest. https://docs.slack.dev/app-manifests/configuring-apps-with-app-manifests */
export const createAppLink = (url: string): string =>
  `https://api.slack.com/apps?new_app=1&manifest_json=${encodeURIComponent(JSON.stringify(slackManifest(url)))}`
