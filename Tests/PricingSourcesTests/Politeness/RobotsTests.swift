import Testing

@testable import PricingService

@Suite("robots.txt")
struct RobotsTests {
  static func rules(_ text: String) -> RobotsTxt { RobotsTxt(Array(text.utf8), robot: "Fiyatradari") }

  @Test("The longest rule that matches decides, and Allow wins a tie")
  func longest() {
    let rules = Self.rules("User-agent: *\nDisallow: /a\nAllow: /a/b\nDisallow: /a/b/c$\nDisallow: /x\nAllow: /x\n")
    #expect(!rules.allows("/a"))
    #expect(rules.allows("/a/b"))
    #expect(!rules.allows("/a/b/c"))
    #expect(rules.allows("/a/b/cd"))
    #expect(rules.allows("/x"))
    #expect(rules.allows("/"))
  }

  @Test("A group of one's own replaces the one for all, several count together")
  func groups() {
    let text = """
      User-agent: other
      User-agent: FIYATRADARI/2.0
      Disallow: /own # comment
      Crawl-delay: 5

      user-agent: *
      disallow: /
      User-agent: fiyatradari
      Disallow: /more
      """
    let rules = Self.rules(text)
    #expect(rules.allows("/p"))
    #expect(!rules.allows("/own/x"))
    #expect(!rules.allows("/more"))
    #expect(rules.crawlDelay == .seconds(5))
    #expect(!RobotsTxt(Array(text.utf8), robot: "third").allows("/p"))
  }

  @Test(
    "Stars, ends and percent-encoding",
    arguments: [
      ("/*.gif$", "/a/b.gif", false), ("/*.gif$", "/a.gif?x", true), ("/fi*/x", "/fish/y/x", false),
      ("/a%3cd", "/a%3Cd", false), ("/%7Ejoe", "/~joe/", false), ("/ş", "/%C5%9F", false), ("/", "/robots.txt", true),
      ("", "/p", true), ("/a*", "/b", true),
    ])
  func patterns(pattern: String, path: String, allowed: Bool) {
    #expect(Self.rules("User-agent: *\nDisallow: \(pattern)\n").allows(path) == allowed)
  }

  @Test("Hostile patterns are matched in time")
  func hostile() {
    let pattern = String(repeating: "a*", count: 1_000) + "b"
    let rules = Self.rules("User-agent: *\n" + String(repeating: "Disallow: /\(pattern)\n", count: 300))
    #expect(rules.allows("/" + String(repeating: "a", count: 2_000)))
  }

  @Test("Known sites are remembered until their time, and the oldest goes first")
  func cache() {
    let cache = RobotsCache(maximumEntries: 2)
    cache.keep(.allowsAll, of: "a", at: .seconds(0), lifetime: .seconds(10))
    #expect(cache.rules(of: "a", at: .seconds(9)) != nil)
    #expect(cache.rules(of: "a", at: .seconds(10)) == nil)
    cache.keep(.allowsAll, of: "a", at: .seconds(0), lifetime: .seconds(10))
    cache.keep(.allowsAll, of: "b", at: .seconds(0), lifetime: .seconds(20))
    cache.keep(.allowsAll, of: "c", at: .seconds(1), lifetime: .seconds(20))
    #expect(cache.rules(of: "a", at: .seconds(1)) == nil)
    #expect(cache.rules(of: "b", at: .seconds(1)) != nil)
    #expect(cache.rules(of: "c", at: .seconds(1)) != nil)
  }
}
