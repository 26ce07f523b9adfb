/// Replies that the transport itself gives, made once.
enum HTTPReply {
  static let headersTooLarge: HeaderBlock = [":status": "431", "content-length": "0"]
  static let requestTimeout: HeaderBlock = [":status": "408", "content-length": "0"]
}
