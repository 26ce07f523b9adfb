extension AccountPhrase {
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
    case .alertsLead:
      (
        "Bir ürünün sayfasındaki “Haber ver” ile alarm kurarsınız; koşul gerçekleşince kanallarınıza yazarız.",
        "Set an alert by “Tell me” on a product's page; when it comes true we write to your channels."
      )
    case .alertsNone: ("Henüz bir alarmınız yok.", "You have no alert yet.")
    case .alertForDeals: ("Fırsatlar için alarm kur", "Alert for deals")
    case .alertNew: ("Haber ver", "Tell me when")
    case .alertEdit: ("Alarmı düzenle", "Edit the alert")
    case .alertCreate: ("Alarmı kur", "Set the alert")
    case .alertDeleteTitle: ("Bu alarm silinsin mi?", "Delete this alert?")
    case .removeYes: ("Evet, sil", "Yes, delete it")
    case .remove: ("Sil", "Delete")
    case .edit: ("Düzenle", "Edit")
    case .pause: ("Duraklat", "Pause")
    case .resume: ("Sürdür", "Resume")
    case .paused: ("duraklatıldı", "paused")
    case .firedAt: ("Son haber: {time}", "Last told: {time}")
    case .productGone: ("{id} numaralı ürün", "Product {id}")
    case .listingNumber: ("{id} numaralı teklif", "Listing {id}")
    case .dealsAlert: ("Fırsatlar", "Deals")
    case .noChannel:
      (
        "Doğrulanmış bir kanalınız yok: alarm kurulur ama haber gelecek yer olmaz.",
        "You have no verified channel: an alert is kept, but there is no place to tell you at."
      )
    case .rule: ("Ne zaman haber verelim?", "When shall we tell you?")
    case .ruleKeep: ("Şimdiki gibi: {rule}", "As it is: {rule}")
    case .ruleTarget: ("Fiyat hedefe inince", "The price reaches a target")
    case .ruleDrop: ("Fiyat yüzde olarak düşünce", "The price falls by a percentage")
    case .ruleAmount: ("Fiyat tutar olarak düşünce", "The price falls by an amount")
    case .ruleChange: ("Fiyat her değişince", "The price changes")
    case .ruleStock: ("Yeniden stoğa girince", "It is back in stock")
    case .ruleLow: ("Tüm zamanların en düşüğüne inince", "The price is an all-time low")
    case .ruleDays: ("Son {days} günün en düşüğüne inince", "The price is the lowest of {days} days")
    case .ruleTargetAt: ("Fiyat {price} ya da altına inince", "The price is {price} or below")
    case .ruleDropOf: ("Fiyat {by} düşünce", "The price falls by {by}")
    case .ruleDeal: ("{category}: en az {percent} indirim", "{category}: a discount of at least {percent}")
    case .ruleGenuineDeal:
      ("{category}: en az {percent} gerçek indirim", "{category}: a genuine discount of at least {percent}")
    case .genuineOnly: ("Yalnızca gerçek indirimler", "Genuine deals only")
    case .percentField: ("Yüzde kaç düşünce", "By how many percent")
    case .amountField: ("Ne kadar düşünce", "By how much")
    case .channelsHint: ("Hiçbirini seçmezseniz hepsine yazarız.", "Choose none, and we write to all of them.")
    case .digest: ("Günde bir kez, özet olarak", "Gathered into one message a day")
    case .label: ("Not", "Note")
    case .labelHint: ("Kendiniz için bir ad.", "A name for yourself.")
    case .rearm: ("Tekrar", "Again")
    case .rearmDefault: ("Koşul bozulup yeniden gerçekleşince", "When it was false in between")
    case .rearmOnce: ("Yalnızca bir kez", "Only once")
    case .rearmHour: ("Bir saat sonra yine", "After an hour")
    case .rearmDay: ("Bir gün sonra yine", "After a day")
    case .rearmMinutes: ("{minutes} dakika sonra yine", "After {minutes} minutes")
    case .quiet: ("Sessiz saatler", "Quiet hours")
    case .quietHint:
      ("Bu saatlerde yazmayız; biten saatte yazarız.", "We do not write in these hours, but when they end.")
    case .quietFrom: ("Başlangıç", "From")
    case .quietTo: ("Bitiş", "To")
    case .faultAmount: ("Bir tutar yazın: 1299 ya da 1299,90.", "Type an amount: 1299 or 1299.90.")
    case .faultPercent: ("1 ile 99 arasında bir sayı yazın.", "Type a number from 1 to 99.")
    case .faultTime:
      ("Sessiz saatler için iki farklı saat seçin.", "Choose two different times for the quiet hours.")
    case .faultLabel: ("Not en çok 200 karakter olabilir.", "The note may have 200 characters.")
    case .faultChannelGone:
      ("Seçtiğiniz kanallardan biri artık kullanılamıyor.", "One of the channels is of no use any more.")
    case .faultAlertLimit:
      ("En çok sayıda alarmınız var; önce birini silin.", "You have as many alerts as you may; delete one first.")
    case .channelsLead:
      (
        "Size nereden ulaşalım? Bir kanal doğrulanınca alarmlar oraya gider.",
        "Where shall we reach you? Once a channel is verified, alerts go there."
      )
    case .channelsNone: ("Henüz bir kanalınız yok.", "You have no channel yet.")
    case .channelAdd: ("Kanal ekle", "Add a channel")
    case .channelEmail: ("E-posta", "E-mail")
    case .channelMail: ("Mesaj", "Message")
    case .telegramLead:
      ("Botumuza bir kod gönderirsiniz; o sohbete yazarız.", "You send our bot a code; we write to that chat.")
    case .telegramAdd: ("Telegram ekle", "Add Telegram")
    case .telegramOpen: ("Telegram'da aç", "Open in Telegram")
    case .telegramSend: ("Telegram'da botumuza şunu gönderin:", "Send this to our bot in Telegram:")
    case .telegramThen:
      (
        "Bot yanıt verince kanal doğrulanmıştır. Kod bir kez gösterilir; kanallar sayfasından yenisini alabilirsiniz.",
        "When the bot answers, the channel is verified. The code is shown once; get another on the page of channels."
      )
    case .toChannels: ("Kanallara dön", "Back to the channels")
    case .emailLead: ("Adrese bir kod göndeririz.", "We send the address a code.")
    case .emailAdd: ("E-posta ekle", "Add the address")
    case .webhookLead:
      ("Programlar için: imzalı JSON göndeririz.", "For programs: we send signed JSON.")
    case .webhookAddress: ("Adres (https)", "Address (https)")
    case .webhookAdd: ("Webhook ekle", "Add the webhook")
    case .channelVerified: ("doğrulandı", "verified")
    case .channelDisabled: ("kapalı: yeniden doğrulayın", "disabled: verify it again")
    case .channelWaits: ("doğrulama bekliyor", "not verified yet")
    case .lastError: ("Son hata: {error}", "Last error: {error}")
    case .test: ("Dene", "Test")
    case .newCode: ("Yeni kod al", "Get another code")
    case .enterCode: ("Kodu gir", "Enter the code")
    case .channelVerify: ("Kanalı doğrulayın", "Verify the channel")
    case .verifyChannel: ("Doğrula", "Verify")
    case .signingSecret: ("İmza anahtarı", "Signing key")
    case .shownOnce:
      ("Yalnızca şimdi gösterilir; güvenli bir yere kaydedin.", "It is shown now and never again; keep it safe.")
    case .codeSent:
      (
        "Kanala bir kod gönderdik ({channel}). Gelen kodu yazın.",
        "We sent a code to the channel ({channel}). Type it here."
      )
    case .code: ("Kod", "Code")
    case .channelDeleteTitle: ("Bu kanal silinsin mi?", "Delete this channel?")
    case .faultAddress:
      (
        "Bu adres kullanılamaz: doğru yazıldığından ve dışarıdan ulaşılabildiğinden emin olun.",
        "This address cannot be used: make sure that it is right and can be reached from outside."
      )
    case .faultKind: ("Bu tür kanal burada sunulmuyor.", "Channels of this kind are not offered here.")
    case .faultChannel:
      ("Bu kanal zaten var ya da burada sunulmuyor.", "You have this channel already, or it is not offered here.")
    case .faultChannelLimit:
      (
        "Az önce bir kod gönderildi ya da en çok sayıda kanalınız var. Biraz bekleyin ya da birini silin.",
        "A code was sent a moment ago, or you have as many channels as you may. Wait a little, or delete one."
      )
    case .faultCode: ("Kod yanlış. Son gelen kodu yazın.", "The code is wrong. Type the one that came last.")
    case .faultCodeOver:
      ("Kodun süresi doldu ya da çok kez denendi; kanalı yeniden ekleyin.", "The code is over; add the channel again.")
    case .deliveriesLead: ("Size gönderdiğimiz mesajlar, en yenisi önce.", "What we sent you, newest first.")
    case .deliveriesNone: ("Burada bir mesaj yok.", "There is no message here.")
    case .state: ("Durum", "State")
    case .deliveryPending: ("sırada", "waiting")
    case .deliverySent: ("gönderildi", "sent")
    case .deliveryParked: ("gönderilemedi", "failed")
    case .deliveryDropped: ("vazgeçildi", "dropped")
    case .keysLead:
      ("Programlar hesabınızı bu anahtarlarla kullanır.", "Programs use your account by these keys.")
    case .keysNone: ("Henüz bir anahtarınız yok.", "You have no key yet.")
    case .apiDocs: ("API belgeleri", "The API's documents")
    case .keyNew: ("Yeni anahtar", "A new key")
    case .keyName: ("Ad", "Name")
    case .keyNameHint: ("Hangi program için?", "For which program?")
    case .keyScopes: ("Yetkiler", "What it may")
    case .keyLife: ("Geçerlilik", "How long")
    case .keyCreate: ("Anahtar oluştur", "Make the key")
    case .keyForever: ("Süresiz", "Without an end")
    case .keyMonth: ("30 gün", "30 days")
    case .keyQuarter: ("90 gün", "90 days")
    case .keyYear: ("Bir yıl", "A year")
    case .scopeRead: ("Kanal, alarm ve mesajları okumak", "Read channels, alerts and messages")
    case .scopeAlerts: ("Kanal ve alarmları değiştirmek", "Change channels and alerts")
    case .scopeAdminRead: ("Yönetim: okumak", "Operations: read")
    case .scopeAdminWrite: ("Yönetim: değiştirmek", "Operations: change")
    case .keyOver: ("geçersiz", "of no use any more")
    case .keyUsed: ("son kullanım {date}", "last used {date}")
    case .keyUnused: ("hiç kullanılmadı", "never used")
    case .keyUntil: ("{date} tarihine kadar", "until {date}")
    case .keyMade: ("oluşturma {date}", "made {date}")
    case .keyRevoke: ("İptal et", "Revoke")
    case .keyRevokeTitle: ("Bu anahtar iptal edilsin mi?", "Revoke this key?")
    case .keyRevokeText:
      (
        "“{name}” anahtarını kullanan programlar hemen dışarıda kalır.",
        "Programs with the key “{name}” are locked out at once."
      )
    case .keyRevokeYes: ("Evet, iptal et", "Yes, revoke it")
    case .keyMadeTitle: ("Anahtarınız hazır", "Your key is ready")
    case .keyHowTo:
      ("İsteklere X-Api-Key alanıyla ekleyin.", "Send it along with requests, in the field X-Api-Key.")
    case .toKeys: ("Anahtarlara dön", "Back to the keys")
    case .faultName: ("1 ile 100 karakter arasında bir ad yazın.", "Type a name of 1 to 100 characters.")
    case .faultScopes: ("En az bir yetki seçin.", "Choose at least one thing that it may.")
    case .faultKeyLimit:
      ("En çok sayıda anahtarınız var; önce birini iptal edin.", "You have as many keys as you may; revoke one first.")
    case .sessionsLead:
      (
        "Hesabınızın açık olduğu yerler. Tanımadığınızı kapatın.",
        "Where your account is signed in. End what you do not know."
      )
    case .endOthers: ("Öteki bütün oturumları kapat", "End all other sessions")
    case .endSession: ("Kapat", "End")
    case .thisSession: ("bu oturum", "this one")
    case .unknownDevice: ("Bilinmeyen cihaz", "Unknown device")
    case .sessionTimes: ("başlangıç {began}, son kullanım {used}", "since {began}, last used {used}")
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
