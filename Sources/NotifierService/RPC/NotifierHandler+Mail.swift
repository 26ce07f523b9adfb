internal import MeshMessages
internal import MeshRPC

extension NotifierHandler {
  func sendMail(
    _ request: NotifierV1.SendMailRequest, context: ServerContext
  ) async throws -> NotifierV1.SendMailResponse {
    throw RPCError(code: .failedPrecondition, message: "this notifier has no mail server")
  }
}
