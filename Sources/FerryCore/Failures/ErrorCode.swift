/// Every code Ferry reports: stable, for programs; each comes with a sentence and a hint where it is raised.
public enum ErrorCode: String, Sendable, CaseIterable, Codable {
    // Configuration files.
    case configSyntax = "config.syntax"
    case configUnreadable = "config.unreadable"
    case configUnknownKey = "config.unknown_key"
    case configMissingKey = "config.missing_key"
    case configDuplicateKey = "config.duplicate_key"
    case configWrongType = "config.wrong_type"
    case configInvalidValue = "config.invalid_value"
    case configUnknownType = "config.unknown_type"
    case configUnknownResource = "config.unknown_resource"
    case configUnknownStore = "config.unknown_store"
    case configUnknownTransform = "config.unknown_transform"
    case configUnknownSetting = "config.unknown_setting"
    case configInvalidPath = "config.invalid_path"
    case configInvalidSchedule = "config.invalid_schedule"
    case configInvalidTransform = "config.invalid_transform"
    case configMappingConflict = "config.mapping_conflict"
    case configDirectionUnsupported = "config.direction_unsupported"
    case configDirectionAmbiguous = "config.direction_ambiguous"
    case configDuplicateID = "config.duplicate_id"
    case configLiteralSecret = "config.literal_secret"
    case configInvalidTemplate = "config.invalid_template"
    case configUnsafeService = "config.unsafe_service"
    case configUnusedSetting = "config.unused_setting"
    case configUnreachableRule = "config.unreachable_rule"

    // Secrets.
    case secretUnavailable = "secret.unavailable"

    // The way to the service.
    case networkUnreachable = "network.unreachable"
    case networkTimeout = "network.timeout"
    case networkInterrupted = "network.interrupted"
    case tlsRefused = "tls.refused"
    /// The service would be asked unencrypted.
    case tlsRequired = "tls.required"

    // The service's answers.
    case authRejected = "auth.rejected"
    case serviceRateLimited = "service.rate_limited"
    case serviceUnavailable = "service.unavailable"
    case serviceNotFound = "service.not_found"
    case serviceRefused = "service.refused"
    case serviceRedirect = "service.redirect"
    case serviceBatchTooLarge = "service.batch_too_large"
    case contractShape = "contract.unexpected_answer"
    case contractPageRepeated = "contract.page_repeated"
    case contractNextElsewhere = "contract.next_elsewhere"
    case contractResultMismatch = "contract.result_mismatch"

    // Records.
    case recordRefused = "record.refused"
    case recordTransform = "record.transform_failed"
    case recordMissingField = "record.missing_field"
    case recordInvalid = "record.invalid"
    case recordAmbiguous = "record.ambiguous"
    case recordConflict = "record.conflict"
    case conflictNotFound = "conflict.not_found"

    // Work that services are asked for.
    case actionFailed = "action.failed"
    case actionUnknown = "action.unknown_outcome"

    // Stores and the ledger.
    case storeUnavailable = "store.unavailable"
    case storeMissingTable = "store.missing_table"
    case storeMissingColumn = "store.missing_column"
    case storeMissingKey = "store.missing_key"
    case storeRefused = "store.refused"
    case diskFull = "disk.full"
    case ledgerUnavailable = "ledger.unavailable"
    case ledgerDamaged = "ledger.damaged"
    case ledgerNewer = "ledger.newer_version"

    // Jobs.
    case jobTooManyFailures = "job.too_many_failures"
    case jobCancelled = "job.cancelled"
    case jobInterrupted = "job.interrupted"
    case jobNotFound = "job.not_found"
    case jobFinished = "job.finished"
    case deletesGuarded = "deletes.guarded"
    case syncDirectionUnsupported = "sync.direction_unsupported"
    case syncEntityTypeUnknown = "sync.entity_type_unknown"
    case syncUnsettled = "sync.unsettled"
    case integrationNotFound = "integration.not_found"
    case integrationBroken = "integration.broken"
    case integrationDisabled = "integration.disabled"
    case integrationBusy = "integration.busy"

    // What is kept of an integration.
    case stateInvalid = "state.invalid"
    case statePresent = "state.present"
    case stateChanged = "state.changed"
    case stateUnsettled = "state.unsettled"

    // The socket and the programs.
    case requestInvalid = "request.invalid"
    case requestNotFound = "request.not_found"
    case requestMethod = "request.method_not_allowed"
    case requestTooLarge = "request.too_large"
    case permissionDenied = "permission.denied"
    case daemonUnreachable = "daemon.unreachable"
    case daemonStopping = "daemon.stopping"
    case daemonRunning = "daemon.already_running"
    case daemonBusy = "daemon.busy"
    case internalError = "internal.error"
}
