/** https://cloud.google.com/iam/docs/reference/rest/v2/policies#DenyRule */
export type DenyRule = {
  readonly deniedPrincipals?: readonly string[]
  readonly exceptionPrincipals?: readonly string[]
  readonly deniedPermissions?: readonly string[]
  readonly exceptionPermissions?: readonly string[]
  readonly denialCondition?: unknown
}

/** Who holds which role. */
export type HeldRole = { readonly role: string; readonly members: readonly string[] }

/** A project, folder or organisation as it was read; what could not be read is missing. */
export type Level = {
  /** `projects/P`, `folders/N` or `organizations/N`. */
  readonly resource: string
  readonly bindings: readonly HeldRole[]
  /** Rules of its deny policies, which bind what is below it too. */
  readonly denials: readonly DenyRule[]
}

/** All that is known of who could get at what agents hold secret. */
export type SeparationFacts = {
  readonly levels: readonly Level[]
  /** Permissions by role, of every role in a binding. */
  readonly permissions: ReadonlyMap<string, ReadonlySet<string>>
  /** What the plane's own functions have to hold, by member. Whatever they hold beyond it counts. */
  readonly trusted: ReadonlyMap<string, ReadonlySet<string>>
  /** What could not be read of roles, allow policies and the hierarchy, in words for an admin. */
  readonly unread: readonly string[]
  /** What could not be read of deny policies. They can only take away, so nobody may need them. */
  readonly unreadDenials: readonly string[]
}
