import type { AgentSpec } from '../documents/agent.ts'
import { PLACEHOLDERS } from './placeholders.ts'
import { secretRef } from './secret-ref.ts'

/** The provider and model name of the demo model, which answers until an agent has a model of its own. */
export const DEMO_MODEL = { provider: 'demo', name: 'demo-model' } as const

const FREE = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 }

/** OpenClaw's `models` section and the model its agent begins with. */
export function modelSettings(model: AgentSpec['model']): { readonly providers: unknown; readonly primary: string } {
  if (model === undefined)
    return { providers: { [DEMO_MODEL.provider]: demoProvider }, primary: `${DEMO_MODEL.provider}/${DEMO_MODEL.name}` }
  const { provider, name, apiKeySecret } = model
  return { providers: { [provider]: { apiKey: secretRef(apiKeySecret) } }, primary: `${provider}/${name}` }
}

const demoProvider = {
  baseUrl: PLACEHOLDERS.demoModelUrl,
  api: 'openai-completions',
  // The demo model asks for no key, but OpenClaw leaves out providers that have none.
  apiKey: 'none-needed',
  models: [{ id: DEMO_MODEL.name, name: 'Demo model', contextWindow: 200_000, maxTokens: 8_000, cost: FREE }],
}
