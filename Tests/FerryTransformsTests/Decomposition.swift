// For NFD, which the standard library keeps behind this name.
@_spi(_Unicode) import Swift

extension String {
    /// The text in NFD.
    var decomposedForTest: String {
        var scalars = String.UnicodeScalarView()
        for scalar in _nfd { scalars.append(scalar) }
        return String(scalars)
    }
}
