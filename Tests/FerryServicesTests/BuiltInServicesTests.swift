import FerryServices
import Testing

@Suite struct BuiltInServicesTests {
    @Test func everyDocumentOfTheFileIsAServiceWithANameOfItsOwn() {
        let names = BuiltInServices.all.map(\.name)
        #expect(names.contains("dynamic_table"))
        #expect(!names.contains("unnamed"))
        #expect(Set(names).count == names.count)
        for service in BuiltInServices.all {
            #expect(service.yaml.contains("service: \(service.name)\n"))
        }
    }
}
