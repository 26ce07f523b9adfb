/// Replies that the transport itself gives, made once.
enum HTTPReply {
  static let badRequest: HeaderBlock = [":status": "400", "content-length": "0"]
  static let bodyTooLarge: HeaderBlock = [":status": "413", "content-length": "0"]
  static let internalError: HeaderBlock = [":status": "500", "content-length": "0"]
  static let headersTooLarge: HeaderBlock = [":status": "431", "content-length": "0"]
  static let requestTimeout: HeaderBlock = [":status": "408", "content-length": "0"]
}
