import Glibc
import TestSupport
import Testing

@Suite("A private PostgreSQL server", .timeLimit(.minutes(2)))
struct PrivatePostgresTests {
  @Test("Databases on a shared server know nothing of each other, and a role owns its schema only")
  func databases() async throws {
    let server = try await PrivatePostgres.shared()
    let first = try await server.makeDatabase()
    let second = try await server.makeDatabase(owner: "guest of \"tests\"")
    #expect(first.name != second.name)
    try await first.run("CREATE TABLE only_here (id int)")
    await #expect(throws: TestSupportError.self) { try await second.run("SELECT * FROM only_here") }
    #expect(
      try await second.run("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()")
        == "guest of \"tests\"")
    for schema in ["shelf", "till"] { try await second.makeSchema(schema) }
    try await second.run("SET ROLE shelf; CREATE TABLE shelf.things (id int)")
    await #expect(throws: TestSupportError.self) { try await second.run("SET ROLE till; SELECT * FROM shelf.things") }
    #expect(
      try await second.run("SELECT setconfig FROM pg_db_role_setting WHERE setrole = 'till'::regrole")
        == "{search_path=till}")
  }

  @Test("Settings arrive, and writes go to the disk only where that is wanted", arguments: [true, false])
  func durability(isDurable: Bool) async throws {
    let server = try await PrivatePostgres.start(isDurable: isDurable, settings: ["work_mem": "'5MB'"])
    #expect(try await server.run("SHOW fsync") == (isDurable ? "on" : "off"))
    #expect(try await server.run("SHOW work_mem") == "5MB")
    try await server.tearDown()
  }

  @Test("It is killed, restarted, paused and stopped, and keeps what was committed")
  func faults() async throws {
    let server = try await PrivatePostgres.start()
    try await server.run("CREATE TABLE kept (id int); INSERT INTO kept VALUES (1)")
    try await server.kill()
    await #expect(throws: TestSupportError.self) { try await server.run("SELECT 1") }
    try await server.restart()
    #expect(try await server.run("SELECT id FROM kept") == "1")
    try await server.pause()
    async let answer = server.run("SELECT 2")
    server.resume()
    #expect(try await answer == "2")
    try await server.pause()
    try await server.restart()
    #expect(try await server.run("SELECT id FROM kept") == "1")
    let directory = server.directory
    try await server.tearDown()
    await #expect(throws: TestSupportError.self) { try await server.run("SELECT 1") }
    #expect(access(directory, F_OK) == 0, "the directory goes with the last reference")
  }

  @Test("A setting that PostgreSQL refuses fails the start with its words")
  func wrongSetting() async throws {
    let error = await #expect(throws: TestSupportError.self) {
      _ = try await PrivatePostgres.start(settings: ["shared_buffers": "'a lot'"])
    }
    #expect(error?.description.contains("shared_buffers") == true)
  }
}
