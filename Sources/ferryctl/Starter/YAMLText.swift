import FerryConfiguration
import FerryCore

/// Values as one writes them into a YAML file.
enum YAMLText {
    /// A text: as it is where that can mean nothing else, between quotation marks otherwise.
    static func scalar(_ text: String) -> String {
        let isPlain =
            text.first.map { $0.isASCII && $0.isLetter || $0 == "/" } ?? false
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."),
                    UInt8(ascii: "/"), UInt8(ascii: "@"):
                    true
                case UInt8(ascii: ":"): true
                default: false
                }
            }
            && !text.hasSuffix(":") && !words.contains(text.lowercased())
        // A JSON string is a YAML one.
        return isPlain ? text : JSONValue.string(text).compactText
    }

    /// The words that are no texts.
    private static let words: Set<String> = ["true", "false", "yes", "no", "on", "off", "y", "n", "null"]

    /// What is given for a setting.
    static func value(_ given: TrialSettings.Given, of setting: SettingDeclaration?) -> String {
        switch given {
        case .secret(.environment(let name)): return "{ env: \(scalar(name)) }"
        case .secret(.file(let path)): return "{ file: \(scalar(path)) }"
        case .secret(.credential(let name)): return "{ credential: \(scalar(name)) }"
        case .secret(.literal): return "{}"
        case .value(let text):
            switch setting?.type {
            // What is JSON is YAML as well.
            case .integer?, .boolean?, .json?: return text
            case .list?:
                let items = text.split(separator: ",", omittingEmptySubsequences: true)
                return "[\(items.map { scalar(String($0)) }.joined(separator: ", "))]"
            case .string?, nil: return scalar(text)
            }
        }
    }
}
