variable "project" {
  description = "The project that agents run in. It must exist and have billing; keep nothing else in it."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "Give the id of a Google Cloud project."
  }
}

variable "control_project" {
  description = "The project that the functions run in. The same as project when left out: then its owners can read secrets."
  type        = string
  default     = null

  validation {
    condition     = var.control_project == null || can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.control_project))
    error_message = "Give the id of a Google Cloud project."
  }
}

variable "organization" {
  description = "The organisation's number, where whoever applies this may grant on it. Without it some conditions are Unknown."
  type        = string
  default     = null

  validation {
    condition     = var.organization == null || can(regex("^[0-9]{1,20}$", var.organization))
    error_message = "Give the number of the organisation."
  }
}
