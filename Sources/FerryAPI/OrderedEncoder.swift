import FerryCore

/// Turns an `Encodable` value into a JSON document that keeps the order of its keys.
///
/// Absent optional values become `null` instead of being left out.
struct OrderedEncoder: Encoder {
    // A class, because containers fill the place they were made for after they have been handed out.
    final class Place {
        enum Content {
            case value(JSONValue)
            case object([(key: String, place: Place)])
            case array([Place])
        }

        var content = Content.value(.null)

        var document: JSONValue {
            switch content {
            case .value(let value): value
            case .object(let members): .object(members.map { JSONValue.Member(key: $0.key, value: $0.place.document) })
            case .array(let elements): .array(elements.map(\.document))
            }
        }

        func member(_ key: String) -> Place {
            guard case .object(var members) = content else { return self }
            let place = Place()
            members.append((key, place))
            content = .object(members)
            return place
        }

        func element() -> Place {
            guard case .array(var elements) = content else { return self }
            let place = Place()
            elements.append(place)
            content = .array(elements)
            return place
        }

        func put(_ value: some Encodable, codingPath: [any CodingKey]) throws {
            switch value {
            case let value as JSONValue: content = .value(value)
            case let value as String: content = .value(.string(value))
            case let value as Bool: content = .value(.bool(value))
            case let value as any BinaryInteger: content = .value(.number("\(value)"))
            case let value as any BinaryFloatingPoint:
                let number = Double(value)
                guard number.isFinite else {
                    throw EncodingError.invalidValue(
                        value,
                        EncodingError.Context(codingPath: codingPath, debugDescription: "JSON has no such number.")
                    )
                }
                // A whole number without its fraction, as JavaScript prints it.
                content = .value(Int64(exactly: number).map { .integer($0) } ?? .number("\(number)"))
            default: try value.encode(to: OrderedEncoder(place: self, codingPath: codingPath))
            }
        }
    }

    let place: Place
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    static func encode(_ value: some Encodable) throws -> JSONValue {
        let place = Place()
        try place.put(value, codingPath: [])
        return place.document
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        if case .object = place.content {} else { place.content = .object([]) }
        return KeyedEncodingContainer(Members<Key>(place: place, codingPath: codingPath))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        if case .array = place.content {} else { place.content = .array([]) }
        return Elements(place: place, codingPath: codingPath)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer {
        Single(place: place, codingPath: codingPath)
    }
}

extension OrderedEncoder {
    private struct Members<Key: CodingKey>: KeyedEncodingContainerProtocol {
        let place: Place
        let codingPath: [any CodingKey]

        func encodeNil(forKey key: Key) { _ = place.member(key.stringValue) }

        func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
            try place.member(key.stringValue).put(value, codingPath: codingPath + [key])
        }

        func encodeIfPresent<Value: Encodable>(_ value: Value?, forKey key: Key) throws {
            try putIfPresent(value, forKey: key)
        }

        // One by one, because the standard library has a version of its own for each that leaves absent values out.
        func encodeIfPresent(_ value: Bool?, forKey key: Key) throws { try putIfPresent(value, forKey: key) }
        func encodeIfPresent(_ value: String?, forKey key: Key) throws { try putIfPresent(value, forKey: key) }
        func encodeIfPresent(_ value: Double?, forKey key: Key) throws { try putIfPresent(value, forKey: key) }
        func encodeIfPresent(_ value: Float?, forKey key: Key) throws { try putIfPresent(value, forKey: key) }
        func encodeIfPresent(_ value: Int?, forKey key: Key) throws { try putIfPresent(value, forKey: key) }
        func encodeIfPresent(_ value: Int8?, forKey key: Key) throws { try putIfPresent(value, forKey: key) }
        func encodeIfPresent(_ value: Int16?, forKey key: Key) throws { try putIfPresent(value, forKey: key) }
        func encodeIfPresent(_ value: Int32?, forKey key: Key) throws { try putIfPresent(value, forKey: key) }
        func encodeIfPresent(_ value: Int64?, forKey key: Key) throws { try putIfPresent(value, forKey: key) }
        func encodeIfPresent(_ value: UInt?, forKey key: Key) throws { try putIfPresent(value, forKey: key) }
        func encodeIfPresent(_ value: UInt8?, forKey key: Key) throws { try putIfPresent(value, forKey: key) }
        func encodeIfPresent(_ value: UInt16?, forKey key: Key) throws { try putIfPresent(value, forKey: key) }
        func encodeIfPresent(_ value: UInt32?, forKey key: Key) throws { try putIfPresent(value, forKey: key) }
        func encodeIfPresent(_ value: UInt64?, forKey key: Key) throws { try putIfPresent(value, forKey: key) }

        func nestedContainer<Nested: CodingKey>(
            keyedBy type: Nested.Type,
            forKey key: Key
        ) -> KeyedEncodingContainer<Nested> {
            encoder(forKey: key).container(keyedBy: type)
        }

        func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
            encoder(forKey: key).unkeyedContainer()
        }

        func superEncoder() -> any Encoder {
            OrderedEncoder(place: place.member("super"), codingPath: codingPath)
        }

        func superEncoder(forKey key: Key) -> any Encoder { encoder(forKey: key) }

        private func putIfPresent<Value: Encodable>(_ value: Value?, forKey key: Key) throws {
            guard let value else { return encodeNil(forKey: key) }
            try encode(value, forKey: key)
        }

        private func encoder(forKey key: Key) -> OrderedEncoder {
            OrderedEncoder(place: place.member(key.stringValue), codingPath: codingPath + [key])
        }
    }

    private struct Elements: UnkeyedEncodingContainer {
        let place: Place
        let codingPath: [any CodingKey]

        var count: Int {
            guard case .array(let elements) = place.content else { return 0 }
            return elements.count
        }

        func encodeNil() { _ = place.element() }

        func encode<Value: Encodable>(_ value: Value) throws {
            try place.element().put(value, codingPath: codingPath)
        }

        func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
            OrderedEncoder(place: place.element(), codingPath: codingPath).container(keyedBy: type)
        }

        func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
            OrderedEncoder(place: place.element(), codingPath: codingPath).unkeyedContainer()
        }

        func superEncoder() -> any Encoder { OrderedEncoder(place: place.element(), codingPath: codingPath) }
    }

    private struct Single: SingleValueEncodingContainer {
        let place: Place
        let codingPath: [any CodingKey]

        func encodeNil() { place.content = .value(.null) }

        func encode<Value: Encodable>(_ value: Value) throws { try place.put(value, codingPath: codingPath) }
    }
}
