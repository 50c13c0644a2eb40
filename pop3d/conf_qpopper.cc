// SPDX-License-Identifier: ISC
// The options of Qpopper 4.0's configuration files, and the macros of its config.h and of 2.53's
// Makefile, which may be "set" by their names too.
#include "pop3d/conf_names.h"

namespace pop3d {

namespace {

using enum Type;

constexpr ForeignName acts(const char* name, Type type, const char* setting, const char* meanings = "") {
  return {name, type, setting, "", meanings};
}
constexpr ForeignName inverse(const char* name, const char* setting) { return {name, boolean, setting, "", "", true}; }
constexpr ForeignName idle(const char* name, Type type, const char* instead, const char* meanings = "") {
  return {name, type, "", instead, meanings};
}

constexpr char no_spool[] = "nothing is needed: each message is a file of its own, and none is copied";
constexpr char no_lock_file[] = "nothing is needed: pop3d(8)'s lock is the kernel's";
constexpr char no_bulldb[] = "nothing is needed: bulletins(8) has a file for each user, and never stops a login";
constexpr char import_tool[] = "maildir-uidl(8) makes uidl.map, so that unique-ids stay";
constexpr char no_kerberos[] = "TLS, SCRAM and APOP: pop3-login(8)";
constexpr char no_trace[] = "POP3_TRACE names the file of a trace: pop3-settings(5)";
constexpr char maildir_argument[] = "the argument of pop3d(8), or the Maildir in users.cdb(5)";
constexpr char system_passwords[] = "users.cdb(5) has secrets of its own; those of the system are a verifier's for PAM";
constexpr char no_compiling[] = "nothing of this kind is compiled in";
constexpr char facility[] = "splogger(8)'s second argument";
constexpr char facilities[] = "auth= authpriv= cron= daemon= ftp= kern= lpr= mail= news= security= syslog= user= uucp= "
                              "local0= local1= local2= local3= local4= local5= local6= local7= "
                              "log_mail= log_local0= log_local1= log_local2= log_local3= log_local4= log_local5= "
                              "log_local6= log_local7= log_daemon= log_auth= log_user=";

constexpr ForeignName options[] = {
    acts("announce-expire", integer, "POP3_EXPIRE", "-1=never never=never"),
    acts("announce-login-delay", integer, "POP3_LOGIN_DELAY", "-1=0"),
    acts("auth-file", string, "POP3_AUTH_FILE"),
    acts("auto-delete", boolean, "POP3_AUTO_DELETE"),
    idle("bulldb-max-retries", integer, no_bulldb),
    idle("bulldb-max-retires", integer, no_bulldb),
    idle("bulldb-max-tries", integer, no_bulldb),
    idle("bulldb-nonfatal", boolean, no_bulldb),
    idle("bulldir", string, "the argument of bulletins(8), a program before pop3d(8)"),
    idle("cache-dir", string, "pop3d(8)'s index is in the Maildir"),
    idle("cache-name", string, "pop3d(8)'s index is in the Maildir"),
    idle("check-hash-dir", boolean, no_spool),
    idle("check-hash-spool", boolean, no_spool),
    idle("check-old-spool-loc", boolean, no_spool),
    idle("check-password-expired", boolean, system_passwords),
    idle("chunky-writes", words, "answers are always gathered, and written when the client has to speak",
         "default= always= never= tls= ssl="),
    acts("clear-text-password", words, "POP3_CLEARTEXT",
         "default=default never=never always=always local=local tls=tls ssl=tls"),
    acts("config-file", string, ""),
    idle("debug", boolean, no_trace),
    acts("downcase-user", boolean, "POP3_DOWNCASE_USER"),
    idle("drac-host", string, "relay-allow(8), a program before pop3d(8)"),
    idle("fast-update", boolean, no_spool),
    acts("group-bulletins", boolean, "POP3_GROUP_BULLETINS"),
    idle("group-no-server-mode", string, no_spool),
    idle("group-server-mode", string, no_spool),
    idle("hash-spool", integer, no_spool),
    idle("home-dir-mail", string, maildir_argument),
    idle("home-dir-misc", boolean, no_spool),
    idle("keep-temp-drop", boolean, "last-login(8), a program before pop3d(8)"),
    idle("kerberos", boolean, no_kerberos),
    idle("kerberos-service", string, no_kerberos),
    idle("log-facility", words, facility, facilities),
    acts("log-login", string, "POP3_LOG_LOGIN"),
    acts("mail-command", string, "POP3_MAIL_COMMAND"),
    idle("mail-lock-check", integer, no_lock_file),
    acts("max-bulletins", integer, "POP3_MAX_BULLETINS"),
    idle("no-atomic-open", boolean, no_lock_file),
    acts("nonauth-file", string, "POP3_NONAUTH_FILE"),
    idle("old-style-uid", boolean, import_tool),
    idle("reverse-lookup", boolean, "tcpserver(1)'s -h and -H; its -R is about IDENT"),
    idle("reverse-lookups", boolean, "tcpserver(1)'s -h and -H; its -R is about IDENT"),
    idle("server-mode", boolean, no_spool),
    acts("shy", boolean, "POP3_SHY"),
    idle("spool-dir", string, maildir_argument),
    idle("spool-options", boolean, "pop3-env -d, a program before pop3d(8)"),
    acts("statistics", boolean, "POP3_STATISTICS"),
    idle("temp-dir", string, no_spool),
    idle("temp-name", string, no_spool),
    acts("timeout", integer, "POP3_TIMEOUT"),
    acts("timing", boolean, "POP3_TIMING"),
    acts("tls-cipher-list", string, "TLS_CIPHERS"),
    idle("tls-identity-file", string, "tlsd(8)'s -c; keys there have no passphrase"),
    idle("tls-passphrase", string, "tlsd(8)'s -c; keys there have no passphrase"),
    idle("tls-private-key-file", string, "tlsd(8)'s -k"),
    idle("tls-server-cert-file", string, "tlsd(8)'s -c"),
    acts("tls-support", words, "POP3_TLS", "default=none none=none stls=stls alternate-port=implicit"),
    idle("tls-version", words, "TLS_MIN_VERSION, 1.2 by default: tlsd(8); SSL is refused",
         "default= SSLv23= all= TLSv1="),
    idle("tls-options", integer, "nothing: tlsd(8) has options that are good"),
    idle("tls-workarounds", boolean, "nothing: tlsd(8) has options that are good"),
    acts("tracefile", string, "POP3_TRACE"),
    acts("trim-domain", boolean, "POP3_TRIM_DOMAIN"),
    acts("update-on-abort", boolean, "POP3_UPDATE_ON_ABORT"),
    acts("update-status-headers", boolean, "POP3_MARK_SEEN"),
    idle("user-options", boolean, "pop3-env -u, a program before pop3d(8)"),
    idle("UW-kluge", boolean, "a Maildir has no such message"),
    idle("UW-kludge", boolean, "a Maildir has no such message"),

    // Macros. Those that are not here, BLOCK_UID and AUTO_DELETE for instance, are settings' names, or options' but for
    // the case of letters.
    idle("MMDF_SEP_CHAR", string, no_spool),
    acts("NEWBULLCNT", integer, "POP3_MAX_BULLETINS"),
    idle("OFF_T", string, no_compiling),
    idle("UID_T", string, no_compiling),
    idle("GID_T", string, no_compiling),
    idle("PID_T", string, no_compiling),
    idle("POP_FACILITY", words, facility, facilities),
    acts("AUTHFILE", string, "POP3_AUTH_FILE"),
    idle("SPEC_POP_AUTH", boolean, system_passwords),
    acts("NONAUTHFILE", string, "POP3_NONAUTH_FILE"),
    idle("RPOP", boolean, "no host is trusted by its name: SCRAM, APOP or TLS"),
    idle("SECURENISPLUS", boolean, system_passwords),
    idle("SETPROCTITLE", boolean, "the log: names of users are not shown to ps(1)"),
    idle("KEEP_TEMP_DROP", boolean, "last-login(8), a program before pop3d(8)"),
    idle("BIND43", boolean, "tcpserver(1)'s -p"),
    idle("SYSLOG42", boolean, no_compiling),
    idle("HOMEDIRMAIL", string, maildir_argument),
    idle("APOP", string, "users.cdb(5): checkpw(8)'s -f"),
    idle("POPUID", string, "the owner of users.cdb(5)"),
    idle("GNUPASS", boolean, "apoppasswd(1) takes passwords of up to 248 octets"),
    idle("NO_GETLINE", boolean, "apoppasswd(1) takes passwords of up to 248 octets"),
    idle("CONTENT_LENGTH", boolean, no_spool),
    idle("SERVER_MODE", boolean, no_spool),
    inverse("NO_STATUS", "POP3_MARK_SEEN"),
    inverse("NOUPDATEONABORT", "POP3_UPDATE_ON_ABORT"),
    idle("HASH_SPOOL", integer, no_spool),
    idle("BULLDB", string, no_bulldb),
    acts("CHECK_SHELL", boolean, "POP3_CHECK_SHELL"),
    idle("GDBM", boolean, "users.cdb(5) is a CDB"),
    idle("_DEBUG", boolean, no_trace),
    acts("LOG_LOGIN", string, "POP3_LOG_LOGIN"),
    acts("AUTO_DELETE", boolean, "POP3_AUTO_DELETE"),
    idle("USE_PAM", boolean, system_passwords),
    idle("TRACE_MSG_BODY", boolean, "bodies are never logged"),
    idle("TRACE_APOP_KEYS", boolean, "secrets are never logged"),
    idle("KERBEROS_SERVICE", string, no_kerberos),
    idle("NO_CROSSREALM", boolean, no_kerberos),
    idle("KRB5_KRB4_COMPAT", boolean, no_kerberos),
    idle("HAVE_USLEEP", boolean, no_bulldb),
};

constexpr Letter letters[] = {
    {'b', "bulldir", true, ""},
    {'B', "bulldb-nonfatal", false, "true"},
    {'c', "downcase-user", false, "true"},
    {'C', "trim-domain", false, "true"},
    {'d', "debug", false, "true"},
    {'D', "drac-host", true, ""},
    {'e', "", true, ""},  // login_delay=N,expire=N: conf_arguments.cc
    {'f', "config-file", true, ""},
    {'F', "fast-update", false, "true"},
    {'k', "kerberos", false, "true"},
    {'K', "kerberos-service", true, ""},
    {'l', "tls-support", true, "default stls alternate-port"},
    {'L', "mail-lock-check", true, ""},
    {'p', "clear-text-password", true, "default never always local tls"},
    {'R', "reverse-lookup", false, "false"},
    {'s', "statistics", false, "true"},
    {'S', "server-mode", false, "true"},
    {'t', "tracefile", true, ""},
    {'T', "timeout", true, ""},
    {'u', "user-options", false, "true"},
    {'U', "spool-options", false, "true"},
    {'y', "log-facility", true, ""},
};

}  // namespace

std::span<const ForeignName> qpopper_options() { return options; }
std::span<const Letter> popper_letters() { return letters; }

}  // namespace pop3d
