internal import HTTPTypes
internal import MeshMessages

/// Channels in words.
enum ChannelWords {
  static func kind(_ kind: NotifierV1.ChannelKind, _ context: PageContext) -> String {
    switch kind {
    case .telegram: "Telegram"
    case .email: context(.channelEmail)
    case .webhook: "Webhook"
    case .webPush: "Web Push"
    default: context(.channelMail)
    }
  }

  static func name(_ channel: NotifierV1.Channel, _ context: PageContext) -> String {
    let kind = kind(channel.kind, context)
    return channel.address.isEmpty ? kind : "\(kind): \(channel.address)"
  }
}

/// The channels that somebody has, and forms for more.
struct ChannelListPage: Sendable {
  let context: PageContext
  let channels: [NotifierV1.Channel]
  /// What was typed for a channel of a kind, and what is wrong with it.
  var typed: (kind: String, form: FormMarkup)?
  /// The account's own address, which most people want.
  let email: String
  var notice: Notice?

  func response(status: HTTPResponse.Status = .ok) -> GatewayResponse {
    let list: HTML =
      channels.isEmpty
      ? "<p class=\"empty\">\(context(.channelsNone))</p>"
      : "<ul class=\"items\">\(channels.map { item($0) }.joined("\n"))</ul>"
    return AccountFrame(context: context, section: .channels, title: context(.channels), notice: notice).response(
      """
      <p class="lead">\(context(.channelsLead))</p>
      \(list)
      <h2>\(context(.channelAdd))</h2>
      <div class="panels">
      <section class="panel"><h3>Telegram</h3><p>\(context(.telegramLead))</p>
      \(add("telegram", HTML(), context(.telegramAdd)))</section>
      <section class="panel"><h3>\(context(.channelEmail))</h3><p>\(context(.emailLead))</p>
      \(add("email", form("email").field("address", context(.email), .contact), context(.emailAdd)))</section>
      <section class="panel"><h3>Webhook</h3><p>\(context(.webhookLead))</p>
      \(add("webhook", form("webhook").field("address", context(.webhookAddress), .address), context(.webhookAdd)))</section>
      </div>
      """, status: status)
  }

  private func form(_ kind: String) -> FormMarkup {
    if let typed, typed.kind == kind { return typed.form.named(kind) }
    return FormMarkup(context: context, values: kind == "email" ? ["address": email] : [:], prefix: kind)
  }

  private func add(_ kind: String, _ fields: HTML, _ button: String) -> HTML {
    let form = form(kind)
    return form.form("/account/channels", form.hidden("kind", kind) + fields, button: button)
  }

  private func item(_ channel: NotifierV1.Channel) -> HTML {
    let form = FormMarkup(context: context)
    let name = ChannelWords.name(channel, context)
    let path = "/account/channels/\(channel.id)"
    let (state, tone): (AccountPhrase, HTML) =
      channel.disabled
      ? (.channelDisabled, "off") : channel.verified ? (.channelVerified, "good") : (.channelWaits, "off")
    let error: HTML? =
      channel.lastError.isEmpty ? nil : "<p class=\"small\">\(context(.lastError, ["error": channel.lastError]))</p>"
    let test: HTML? =
      channel.verified && !channel.disabled
      ? form.button(path + "/test", context(.test), about: name) : nil
    let verify: HTML? =
      channel.verified && !channel.disabled
      ? nil
      : channel.kind == .telegram
        ? form.button(
          "/account/channels", context(.newCode), about: name, [("kind", "telegram"), ("address", channel.address)])
        : """
        <a class="button small plain" href="\(context.path(path + "/verify"))">\(context(.enterCode))<span class="hidden">: \
        \(name)</span></a>
        """
    return """
      <li><div class="what"><h2>\(name)</h2><p><span class="state \(tone)">\(context(state))</span></p>\(error)</div>
      <div class="acts">\(test)\(verify)\
      <a class="button small plain danger" href="\(context.path(path + "/delete"))">\(context(.remove))<span class="hidden">: \
      \(name)</span></a></div></li>
      """
  }
}

/// What comes after a channel was added: the code that the person sends or gets.
struct ChannelCodePage: Sendable {
  let form: FormMarkup
  let channel: NotifierV1.Channel
  /// What the person sends the bot.
  var startCode = ""
  /// Of a webhook, shown now and never again.
  var signingSecret = ""
  var notice: Notice?

  func response(status: HTTPResponse.Status = .ok) -> GatewayResponse {
    let context = form.context
    var frame = AccountFrame(context: context, section: .channels, title: context(.channelVerify))
    frame.notice = notice
    return frame.response(startCode.isEmpty ? typedCode : telegram, status: status)
  }

  private var telegram: HTML {
    let context = form.context
    let link: HTML? = context.site.telegramBot.map { bot in
      """
      <p><a class="button" rel="noopener noreferrer" href="https://t.me/\(bot)?start=\(startCode)">\
      \(context(.telegramOpen))</a></p>

      """
    }
    return """
      <section class="panel narrow"><p>\(context(.telegramSend))</p>
      \(link)<p class="secret" id="start-code">/start \(startCode)</p>
      <p class="small">\(context(.telegramThen))</p>
      <p><a href="\(context.path("/account/channels"))">\(context(.toChannels))</a></p></section>
      """
  }

  private var typedCode: HTML {
    let context = form.context
    let secret: HTML? =
      signingSecret.isEmpty
      ? nil
      : """
      <h2>\(context(.signingSecret))</h2><p>\(context(.shownOnce))</p>
      <p class="secret" id="signing-secret">\(signingSecret)</p>

      """
    return """
      <section class="panel narrow">\(secret)<p>\
      \(context(.codeSent, ["channel": ChannelWords.name(channel, context)]))</p>
      \(form.form(
        "/account/channels/\(channel.id)/verify", form.field("code", context(.code), .code), button: context(.verifyChannel),
        cancel: "/account/channels"))</section>
      """
  }
}
