/// What an account's owner is told by e-mail, with a link that leads on.
enum AccountMailMessage: Sendable, CaseIterable {
  case verifyAddress
  case resetPassword
  case addressInUse
  case passwordChanged

  func content(_ language: Language, link: String) -> MailContent {
    let words = words(language)
    var text = RichText()
    text.line(.plain(words.lead))
    text.line(.link(words.label, url: link))
    text.line(.plain(words.end))
    return MailContent(subject: words.subject, text)
  }

  private func words(_ language: Language) -> (subject: String, lead: String, label: String, end: String) {
    switch (self, language) {
    case (.verifyAddress, .turkish):
      (
        "Fiyatradari: e-posta adresinizi doğrulayın", "Bu adresin sizin olduğunu göstermek için bağlantıyı açın.",
        "Adresimi doğrula", "Fiyatradari hesabı açmadıysanız bu iletiyi yok sayın."
      )
    case (.verifyAddress, .english):
      (
        "Fiyatradari: confirm your e-mail address", "Open the link to show that this address is yours.",
        "Confirm my address", "If you did not open an account at Fiyatradari, ignore this."
      )
    case (.resetPassword, .turkish):
      (
        "Fiyatradari: yeni parola", "Yeni bir parola seçmek için bağlantıyı açın.", "Yeni parola seç",
        "Siz istemediyseniz bu iletiyi yok sayın; parolanız değişmedi."
      )
    case (.resetPassword, .english):
      (
        "Fiyatradari: a new password", "Open the link to choose a new password.", "Choose a new password",
        "If you did not ask for it, ignore this; your password is unchanged."
      )
    case (.addressInUse, .turkish):
      (
        "Fiyatradari: bu adresin hesabı var", "Biri bu adresle kaydolmak istedi, ama adresin zaten bir hesabı var.",
        "Giriş yap", "Siz değilseniz bir şey yapmanız gerekmez."
      )
    case (.addressInUse, .english):
      (
        "Fiyatradari: this address has an account",
        "Somebody wanted to sign up with this address, which has an account already.", "Sign in",
        "If it was not you, there is nothing to do."
      )
    case (.passwordChanged, .turkish):
      (
        "Fiyatradari: parolanız değişti", "Hesabınızın parolası değiştirildi. Siz yapmadıysanız bağlantıyı hemen açın.",
        "Hesabımı koru", "Siz yaptıysanız bir şey yapmanız gerekmez."
      )
    case (.passwordChanged, .english):
      (
        "Fiyatradari: your password was changed",
        "The password of your account was changed. If it was not you, open the link at once.", "Protect my account",
        "If it was you, there is nothing to do."
      )
    }
  }
}
