/// What keeps a test from running at all: a program that is missing, a server that does not start, a wait in vain.
package struct TestSupportError: Error, CustomStringConvertible {
  package let description: String

  package init(_ description: String) {
    self.description = description
  }
}
