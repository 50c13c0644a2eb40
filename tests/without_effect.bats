#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Names that other servers had for what is done in another way here: pop3-env reads each, and says
# what does the job.

load helpers

# says FORM LINE INSTEAD: of a file with this line (-q: Qpopper's, -t: TPOPS's), or of a command
# line (-a), all that is said is that it has no effect, and what does the job. Nothing is set.
says() {
  local source=("$1" file)
  printf '%s\n' "$2" >file && chmod 644 file
  [ "$1" != -a ] || source=(-a "$2")
  env -i PATH="$PATH" pop3-env "${source[@]}" env >given 2>log || true
  grep -qF " instead=\"$3\"" log && [ "$(wc -l <log)" = 1 ] && ! grep -E '^(POP3_|TLS_)' given || {
    echo "$2"
    cat log
    false
  }
}

secrets="users.cdb(5): checkpw(8)'s -f"
owner='the owner of users.cdb(5)'
system='users.cdb(5) has secrets of its own; those of the system are a verifier'"'"'s for PAM'
kerberos='TLS, SCRAM and APOP: pop3-login(8)'

# features: B02
@test "where APOP's secrets are" {
  says -a --enable-apop=/etc/pop.auth "$secrets"
  says -q 'set APOP = /etc/pop.auth' "$secrets"
}

# features: B03
@test "who owns them" {
  says -a --enable-popuid=pop "$owner"
  says -a --with-popuid=pop "$owner"
  says -q 'set POPUID = pop' "$owner"
}

# features: C16
@test "what kind of database they are in" {
  says -q 'set GDBM' 'users.cdb(5) is a CDB'
  says -a --with-gdbm 'users.cdb(5) is a CDB'
}

# features: C13
@test "how long they may be" {
  says -q 'set GNUPASS' 'apoppasswd(1) takes passwords of up to 248 octets'
  says -q 'set NO_GETLINE' 'apoppasswd(1) takes passwords of up to 248 octets'
}

# features: B24 B26 B31
@test "passwords of the system" {
  says -a --enable-specialauth 'users.cdb(5) has secrets of its own'
  says -q 'set SPEC_POP_AUTH' "$system"
  says -q 'reset check-password-expired' "$system"
  says -a --disable-check-pw-max "$system"
  says -q 'set SECURENISPLUS' "$system"
  says -a --enable-secure-nis-plus 'nothing of this kind is compiled in'
}

# features: B28
@test "Kerberos" {
  says -q 'set kerberos' "$kerberos"
  says -a -k "$kerberos"
  says -a --with-kerberos5=/usr/kerberos "$kerberos"
}

# features: B29
@test "Kerberos' service" {
  says -q 'set kerberos-service = pop' "$kerberos"
  says -a '-K pop' "$kerberos"
  says -q 'set KERBEROS_SERVICE = pop' "$kerberos"
}

# features: B30
@test "Kerberos' principals" {
  for flag in kuserok any-kerberos-principal ksockinst; do says -a "--enable-$flag" "$kerberos"; done
  says -q 'set NO_CROSSREALM' "$kerberos"
  says -q 'set KRB5_KRB4_COMPAT' "$kerberos"
}

# features: B41 B42
@test "TPOPS's verifiers" {
  for type in passwd mysql; do says -t "auth-type = $type" 'the verifier that pop3-login(8) is told to run'; done
  says -t 'apop-passwd-file = /etc/apop' "checkpw(8)'s -f; apoppasswd(1) imports"
}

# features: A25
@test "messages that are hidden in an mbox" {
  says -q 'set UW-kluge' 'a Maildir has no such message'
  says -q 'set UW-kludge = true' 'a Maildir has no such message'
}
