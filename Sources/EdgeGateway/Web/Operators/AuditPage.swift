/// What operators and admins did.
struct AuditPage: Sendable {
  let layout: OperatorLayout
  let account: String
  let operation: String
  let entries: [AuditRecord]
  let token: String
  let next: String

  func response() -> GatewayResponse {
    let parts = layout.parts
    let context = parts.context
    let table = parts.table(
      .audit,
      [
        .init(.when), .init(.account), .init(.credential), .init(.operation), .init(.subject), .init(.detail),
        .init(.outcome), .init(.clientAddress), .init(.request),
      ],
      entries.map { entry in
        let who: HTML =
          entry.account.map { "<a href=\"\(context.path("/admin/accounts/\($0)"))\">\($0)</a>" } ?? "—"
        let outcome: HTML =
          entry.status.map { parts.mark("\($0)", $0 < 400 ? .good : .bad) } ?? parts.mark(context(.unknown), .plain)
        return [
          parts.moment(entry.at), who, "\(entry.credential)",
          "<a href=\"\(context.path("/admin/audit?operation=\(WebAddress.encode(entry.operation))"))\">\(entry.operation)</a>",
          "\(entry.arguments.joined(separator: ", "))", "\(entry.detail ?? "")", outcome, "\(entry.clientAddress)",
          "<code>\(entry.requestID)</code>",
        ]
      }, none: .auditNone)
    return layout.response(
      """
      <p class="lead">\(context(.auditText))</p>
      \(parts.filters("/admin/audit", [
        parts.filter("operation", .operation, operation, maximum: 64),
        parts.filter("account", .accountNumber, account, maximum: 19, mode: "numeric"),
      ]))
      \(table)
      \(parts.pages("/admin/audit", [("operation", operation), ("account", account)], token: token, next: next))
      """)
  }
}
