/// What the pages of accounts say, and forms in general.
enum AccountPhrase: Wording {
  case signIn, administration, cancel, optional, formErrors
  case noticeSaved, noticeRemoved, noticeSent, noticeSignedOut, noticeVerified, noticePasswordSet, noticeAccountRemoved
  // Coming in.
  case email, password, newPassword, currentPassword, passwordHint, signUp, signUpLead, signUpInstead, signInInstead
  case checkMail, checkMailLead, verify, verifyLead, verifyButton, tokenLabel, tokenHint
  case forgotten, forgottenLead, forgottenButton, reset, resetButton, signOut
  case faultEmail, faultPassword, faultCurrentPassword, faultToken, faultSignIn, faultChoice, faultLastAdmin
  // The account.
  case overview, alerts, channels, deliveries, keys, sessions, accountData, since, mailLanguage, save
  case changePassword, changePasswordLead, ownData, exportLead, export, deleteLead, deleteAccount, deleteTitle
  case deleteText, deleteButton
  // Problems.
  case forbiddenTitle, forbiddenText, foreignTitle, foreignText, conflictTitle, conflictText

  var forms: (turkish: String, english: String) {
    switch self {
    case .signIn: ("Giriş yap", "Sign in")
    case .administration: ("Yönetim", "Operations")
    case .cancel: ("Vazgeç", "Cancel")
    case .optional: ("isteğe bağlı", "optional")
    case .formErrors: ("Bunları düzeltir misiniz?", "Please correct this")
    case .noticeSaved: ("Kaydedildi.", "Saved.")
    case .noticeRemoved: ("Kaldırıldı.", "Removed.")
    case .noticeSent: ("Gönderildi.", "Sent.")
    case .noticeSignedOut: ("Çıkış yaptınız.", "You are signed out.")
    case .noticeVerified:
      ("Adresiniz doğrulandı. Artık giriş yapabilirsiniz.", "Your address is verified. Sign in now.")
    case .noticePasswordSet:
      ("Yeni parolanız geçerli. Onunla giriş yapın.", "Your new password is set. Sign in with it.")
    case .noticeAccountRemoved:
      ("Hesabınız ve ona ait her şey silindi.", "Your account and all that belongs to it is deleted.")
    case .email: ("E-posta adresi", "E-mail address")
    case .password: ("Parola", "Password")
    case .newPassword: ("Yeni parola", "New password")
    case .currentPassword: ("Şimdiki parola", "Current password")
    case .passwordHint:
      ("En az 10 karakter; uzun olsun, kolay tahmin edilmesin.", "At least 10 characters; long, and hard to guess.")
    case .signUp: ("Hesap aç", "Sign up")
    case .signUpLead:
      (
        "Fiyat düşünce haber almak için bir hesap yeter. Ücretsizdir; adresinizi yalnızca bunun için kullanırız.",
        "An account is all it takes to be told when a price falls. It is free; we use your address for this alone."
      )
    case .signUpInstead: ("Hesabınız yok mu? Açın", "No account yet? Sign up")
    case .signInInstead: ("Hesabınız var mı? Giriş yapın", "Have an account? Sign in")
    case .checkMail: ("Postanıza bakın", "Look into your mail")
    case .checkMailLead:
      (
        "Bu adrese bir posta gönderdik; içindeki bağlantı nasıl devam edeceğinizi gösterir. Birkaç dakika içinde "
          + "gelmezse istenmeyen postalara bakın.",
        "We have sent a mail to this address; its link says how to go on. If it does not come within minutes, look among "
          + "the junk mail."
      )
    case .verify: ("Adresinizi doğrulayın", "Verify your address")
    case .verifyLead:
      (
        "Bu adresin sizin olduğunu onaylamak için düğmeye basın.",
        "Press the button to confirm that the address is yours."
      )
    case .verifyButton: ("Adresim bu", "It is mine")
    case .tokenLabel: ("Postadaki kod", "The mail's code")
    case .tokenHint:
      ("Bağlantının “token=” yazısından sonraki bölümü.", "The part of the link behind “token=”.")
    case .forgotten: ("Parolamı unuttum", "Forgotten password")
    case .forgottenLead:
      (
        "Adresinizi yazın; yeni bir parola seçmeniz için bir bağlantı gönderelim.",
        "Type your address, and we send a link to choose a new password by."
      )
    case .forgottenButton: ("Bağlantı gönder", "Send a link")
    case .reset: ("Yeni parola seçin", "Choose a new password")
    case .resetButton: ("Parolayı değiştir", "Set the password")
    case .signOut: ("Çıkış yap", "Sign out")
    case .faultEmail:
      ("E-posta adresi ayse@example.com biçiminde olmalı.", "The e-mail address must be of the form ayse@example.com.")
    case .faultPassword:
      (
        "Yeni parola 10 ile 256 karakter arasında olmalı; adresiniz ya da herkesin ilk aklına gelen bir parola olamaz.",
        "The new password must have 10 to 256 characters, and be neither your address nor everybody's first idea."
      )
    case .faultCurrentPassword:
      ("Parola yanlış ya da çok kez denendi.", "The password is wrong, or was tried too often.")
    case .faultToken:
      (
        "Bu bağlantı geçerli değil ya da süresi dolmuş. Yeni bir posta isteyin.",
        "This link is not valid, or not any more. Ask for another mail."
      )
    case .faultSignIn:
      (
        "Adres ya da parola yanlış, adres henüz doğrulanmamış ya da çok kez denenmiş.",
        "Address or password is wrong, the address is not verified yet, or it was tried too often."
      )
    case .faultChoice: ("Listeden birini seçin.", "Choose one of the list.")
    case .faultLastAdmin:
      (
        "Bu, son yöneticinin hesabı; önce bir başkasını yönetici yapın.",
        "This is the last admin's account; make somebody else an admin before."
      )
    case .overview: ("Genel", "Overview")
    case .alerts: ("Alarmlar", "Alerts")
    case .channels: ("Kanallar", "Channels")
    case .deliveries: ("Gönderilenler", "Messages")
    case .keys: ("API anahtarları", "API keys")
    case .sessions: ("Oturumlar", "Sessions")
    case .accountData: ("Hesap", "Account")
    case .since: ("Açıldığı gün", "Since")
    case .mailLanguage: ("Postaların dili", "Language of mails")
    case .save: ("Kaydet", "Save")
    case .changePassword: ("Parola değiştir", "Change the password")
    case .changePasswordLead:
      (
        "Parola değişince öteki bütün oturumlar kapanır; API anahtarları kalır.",
        "A new password ends all other sessions; API keys stay."
      )
    case .ownData: ("Verileriniz", "Your data")
    case .exportLead:
      (
        "Hakkınızda sakladığımız her şeyi tek bir JSON dosyası olarak indirin.",
        "Download all that we keep of you as one JSON file."
      )
    case .export: ("Verilerimi indir", "Download my data")
    case .deleteLead:
      (
        "Hesabı, kanalları ve alarmları kalıcı olarak silebilirsiniz.",
        "You can delete the account with its channels and alerts for good."
      )
    case .deleteAccount: ("Hesabı sil…", "Delete the account…")
    case .deleteTitle: ("Hesabınız silinsin mi?", "Delete your account?")
    case .deleteText:
      (
        "Hesap, oturumlar, API anahtarları, kanallar ve alarmlar hemen ve geri alınamaz biçimde silinir.",
        "The account, its sessions, API keys, channels and alerts are deleted at once and for good."
      )
    case .deleteButton: ("Evet, kalıcı olarak sil", "Yes, delete it for good")
    case .forbiddenTitle: ("Bunun için yetkiniz yok", "You may not do this")
    case .forbiddenText:
      (
        "Bu sayfa başka yetkisi olan hesaplar içindir.",
        "This page is for accounts with another role."
      )
    case .foreignTitle: ("Bu formu yeniden açın", "Open this form again")
    case .foreignText:
      (
        "Form bizim sayfamızdan gelmedi ya da siz bu arada yeniden giriş yaptınız. Sayfayı yeniden açıp deneyin.",
        "The form did not come from our own page, or you have signed in anew since. Open the page again and retry."
      )
    case .conflictTitle: ("Bu şimdi olmuyor", "That does not work now")
    case .conflictText:
      (
        "Bu arada bir şey değişmiş olabilir. Geri dönüp sayfayı yenileyin.",
        "Something may have changed in the meantime. Go back and load the page again."
      )
    }
  }
}
