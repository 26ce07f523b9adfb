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
  // Alerts.
  case alertsLead, alertsNone, alertForDeals, alertNew, alertEdit, alertCreate, alertDeleteTitle, removeYes, remove
  case edit, pause, resume, paused, firedAt, productGone, listingNumber, dealsAlert, noChannel
  case rule, ruleKeep, ruleTarget, ruleDrop, ruleAmount, ruleChange, ruleStock, ruleLow, ruleDays, ruleTargetAt
  case ruleDropOf, ruleDeal, ruleGenuineDeal, genuineOnly, percentField, amountField, channelsHint, digest, label
  case labelHint, rearm, rearmDefault, rearmOnce, rearmHour, rearmDay, rearmMinutes, quiet, quietHint, quietFrom,
    quietTo
  case faultAmount, faultPercent, faultTime, faultLabel, faultChannelGone, faultAlertLimit
  // Channels and what was sent.
  case channelsLead, channelsNone, channelAdd, channelEmail, channelMail, telegramLead, telegramAdd, telegramOpen
  case telegramSend, telegramThen, toChannels, emailLead, emailAdd, webhookLead, webhookAddress, webhookAdd
  case channelVerified, channelDisabled, channelWaits, lastError, test, newCode, enterCode, channelVerify
  case verifyChannel, signingSecret, shownOnce, codeSent, code, channelDeleteTitle
  case faultAddress, faultKind, faultChannel, faultChannelLimit, faultCode, faultCodeOver
  case deliveriesLead, deliveriesNone, state, deliveryPending, deliverySent, deliveryParked, deliveryDropped
  // Keys and sessions.
  case keysLead, keysNone, apiDocs, keyNew, keyName, keyNameHint, keyScopes, keyLife, keyCreate, keyForever, keyMonth
  case keyQuarter, keyYear, scopeRead, scopeAlerts, scopeAdminRead, scopeAdminWrite, keyOver, keyUsed, keyUnused
  case keyUntil, keyMade, keyRevoke, keyRevokeTitle, keyRevokeText, keyRevokeYes, keyMadeTitle, keyHowTo, toKeys
  case faultName, faultScopes, faultKeyLimit
  case sessionsLead, endOthers, endSession, thisSession, unknownDevice, sessionTimes
  // Problems.
  case forbiddenTitle, forbiddenText, foreignTitle, foreignText, conflictTitle, conflictText
}
