import type { Mutant } from './mutant.ts'

/** Rules of moving between zones, and of what the sweep sees. */
export const OBSERVED_MUTANTS: readonly Mutant[] = [
  {
    rule: 'an agent whose disk holds data waits where it is',
    file: 'shared/lifecycle/zones.ts',
    from: "if (status.resources['machine']?.['id'] !== undefined)",
    to: "if (status.resources['machine']?.['id'] === '')",
    suite: 'scenarios-zones',
    killedBy: 'an agent that ever had a machine waits where its data is',
  },
  {
    rule: 'an agent that moved too far goes back to its data',
    file: 'shared/lifecycle/attempt.ts',
    from: 'if (backTo !== undefined) return',
    to: "if (backTo === '') return",
    suite: 'scenarios-zones',
    killedBy: 'a machine that ran before anybody wrote it down',
  },
  {
    rule: 'the disk in the zone that was left goes before another is made',
    file: 'shared/steps/disk.ts',
    from: 'const former = await ours(backend, formerPlaces)',
    to: 'const former = await ours(backend, formerPlaces.slice(9))',
    suite: 'scenarios-zones',
    killedBy: 'an agent whose zone is full at first takes the next',
  },
  {
    rule: 'what stands in a zone that was left is drift',
    file: 'shared/lifecycle/footprint.ts',
    from: "zones !== pinned.zone && zones.split(' ')",
    to: "zones === 'nowhere' && zones.split(' ')",
    suite: 'scenarios-zones',
    killedBy: 'that turns up in the zone that was left',
  },
  {
    rule: 'a wait for something that is not ready itself has its timer too',
    file: 'shared/lifecycle/verdict.ts',
    from: "if (same && step.state === 'waiting' &&",
    to: "if (same && needsReady && step.state === 'waiting' &&",
    suite: 'scenarios-zones',
    killedBy: 'a machine that ran before anybody wrote it down',
  },
  {
    rule: 'a machine that was only slow needs nobody to ask for it again',
    file: 'shared/lifecycle/alive.ts',
    from: "if (state !== 'failed' ||",
    to: "if (state !== 'gone' ||",
    suite: 'scenarios-observed',
    killedBy: 'a machine that was slow beyond every deadline',
  },
  {
    rule: 'a sweep overwrites no heartbeat that was booked meanwhile',
    file: 'shared/engine/sweep.ts',
    from: 'const unchanged = new Map([...found].filter(([uid]) => same(uid)))',
    to: "const unchanged = new Map([...found].filter(([uid]) => same(uid) || uid !== ''))",
    suite: 'scenarios-observed',
    killedBy: 'a heartbeat that is booked while a sweep goes on',
  },
  {
    rule: 'room is measured in one minute of ten',
    file: 'shared/engine/observe-plane.ts',
    from: 'MEASURED_EVERY_MINUTES = 10',
    to: 'MEASURED_EVERY_MINUTES = 1',
    suite: 'scenarios-observed',
    killedBy: 'room is measured again',
  },
]
