/** The boot disk holds the system, Node and OpenClaw: upstream asks for 20. https://docs.openclaw.ai/install/gcp */
export const BOOT_DISK_GB = 20

/** The disk that outlives machines: OpenClaw's state. */
export const DATA_DISK_GB = 10
