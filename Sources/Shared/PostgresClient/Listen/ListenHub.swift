final class ListenHub {
  func close() {}
}
