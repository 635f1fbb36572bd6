// Feeds what libFuzzer makes up to a reader: `ferry-fuzz json|path|description|socket`, then libFuzzer's own options and the
// directories of its inputs. Ends with an error at the first input that the reader does not stand, and keeps it.

import CLibFuzzer
import Glibc

/// What libFuzzer's own main function would call: the linker asks for it, though that function is not the program's.
@_cdecl("LLVMFuzzerTestOneInput")
func testOneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    Reader.current.read(Array(UnsafeBufferPointer(start: data, count: size)))
    return 0
}

let readers: [String: Reader] = ["json": .json, "path": .path, "description": .description, "socket": .socket]
guard CommandLine.arguments.count > 1, let reader = readers[CommandLine.arguments[1]] else {
    let usage = Array(
        "usage: ferry-fuzz \(readers.keys.sorted().joined(separator: "|")) [option ...] [directory ...]\n".utf8
    )
    write(STDERR_FILENO, usage, usage.count)
    exit(2)
}
Reader.current = reader

// libFuzzer takes the name of the reader for that of the program.
var count = CommandLine.argc - 1
var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv + 1
exit(LLVMFuzzerRunDriver(&count, &arguments, testOneInput))
