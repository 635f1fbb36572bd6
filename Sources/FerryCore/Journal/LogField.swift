/// The names of the values that log lines carry: in the journal each becomes a field of its own.
public enum LogField {
    /// The integration's identifier; `FERRY_INTEGRATION` in the journal.
    public static let integration = "integration"
    /// The job's identifier; `FERRY_JOB` in the journal.
    public static let job = "job"
    /// The entity type; `FERRY_ENTITY_TYPE` in the journal.
    public static let entityType = "entity_type"
    /// The error's stable code, which the line's text says as well; `ERROR_CODE` in the journal.
    public static let errorCode = "error_code"
    /// Which ``NotableEvent`` it is; `MESSAGE_ID` in the journal.
    public static let event = "event"
}
