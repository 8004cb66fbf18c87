/** What a machine is told when it is started: who it is and where its things are. It holds no secret. */
export type MachineSettings = {
  readonly machineId: string
  readonly openclawVersion: string
  /** Installed releases, shared by all machines of a Unix user. */
  readonly cacheDir: string
  readonly port: number
  readonly heartbeatEveryMs: number
  /** How long a gateway may take to end before it is killed. */
  readonly stopWithinMs: number
  /** The capability by which the metadata server knows this agent. */
  readonly keyHandleFile: string
  /** Where the metadata server and `heartbeat` are now; read again whenever one does not answer. */
  readonly endpointsFile: string
  readonly secretsFolder: string
  /** Survives the machine. */
  readonly diskFolder: string
  /** Goes with the machine. */
  readonly machineFolder: string
  readonly stateFile: string
  readonly logFile: string
}
