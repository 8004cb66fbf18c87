/** Whether a zone such as `us-east4-a` is one of a region such as `us-east4`. */
export const isIn = (region: string, zone: string): boolean => zone.startsWith(`${region}-`)
