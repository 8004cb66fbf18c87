/** What one cloud asks for what an agent has: list prices in US dollars, without tax, discounts or anything free. */
export type PriceList = {
  /** Which list it is, for people. */
  readonly asOf: string
  readonly hoursPerMonth: number
  /** A machine type's price as a multiple of its region's unit, for the types that are known. */
  readonly machineUnits: Readonly<Record<string, number>>
  /** One unit for an hour, and one GB of disk for a month, by region. */
  readonly regions: Readonly<Record<string, { readonly unitUsdPerHour: number; readonly diskUsdPerGbMonth: number }>>
  /** What each agent has of disks. */
  readonly bootDiskGb: number
  readonly dataDiskGb: number
  /** The way out that the machines of a plane share: each adds to its price up to a ceiling, and it has an address. */
  readonly nat: {
    readonly usdPerMachineHour: number
    readonly mostUsdPerHour: number
    readonly addressUsdPerHour: number
  }
  readonly secretVersionUsdPerMonth: number
}
