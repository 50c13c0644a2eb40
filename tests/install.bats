# SPDX-License-Identifier: ISC
# make install, as for a package: below DESTDIR, without accounts.

load helpers.bash

setup() {
  prepare
  unset MAKEFLAGS MFLAGS MAKELEVEL  # of the make that runs us: its variables are not this one's
  # A copy, so that another conf-home can be compiled in: only what depends on it is built anew.
  mkdir source
  (cd "$BATS_TEST_DIRNAME/.." && tar cf - --exclude=./.git --exclude='./build-*' --exclude=./build/test \
    --exclude=./build/fuzz .) | tar xf - -C source
}
install_home() { make -s -C source "${1-install}" DESTDIR="$PWD/dest" >install.log 2>&1 || { cat install.log; false; }; }

# features: K01 K02 K03 K04
@test "make install puts bin, etc, man, service and empty below the home of conf-home" {
  install_home
  home=dest/var/popchain
  for program in pop3-login pop3d checkpw apoppasswd splogger popchain-setup start-pop3.sh; do
    test -x "$home/bin/$program"
  done
  test -s "$home/etc/tcp.cdb"
  test -x "$home/service/pop3/run"
  test -x "$home/service/pop3/log/run"
  test -x "$home/service/poppassd/run"
  test -s "$home/man/man8/pop3-login.8"
  is "$(stat -c %a "$home/etc/users")" 700
  is "$(ls -A "$home/empty")" ""
}

# features: K03
@test "another conf-home is compiled in, and in what is installed" {
  printf '/opt/other home\n' | tr -d ' ' >source/conf-home
  install_home
  home=dest/opt/otherhome
  grep -q /opt/otherhome/etc/users/users.cdb "$home/bin/checkpw"
  is "$(cat "$home/service/pop3/env/USERS")" /opt/otherhome/etc/users/users.cdb
  ! grep -rlI /var/popchain dest
}

# features: K05
@test "make uninstall leaves etc/ and what the administrator wrote" {
  install_home
  echo mine >dest/var/popchain/etc/tcp.rules
  install_home uninstall
  is "$(cat dest/var/popchain/etc/tcp.rules)" mine
  test ! -e dest/var/popchain/bin
  test ! -e dest/var/popchain/man
  test ! -e dest/var/popchain/service/pop3/run
  test ! -e dest/var/popchain/service/poppassd/run
}

# features: K02
@test "installing again keeps tcp.rules and the service's settings" {
  install_home
  echo 127.:allow >dest/var/popchain/etc/tcp.rules
  echo 1100 >dest/var/popchain/service/pop3/env/PORT
  install_home
  is "$(cat dest/var/popchain/etc/tcp.rules dest/var/popchain/service/pop3/env/PORT)" $'127.:allow\n1100'
}

# This machine's accounts and /var are not touched: in the namespace copies stand in their place.
# features: K02 C31 C14
@test "make install as root makes accounts, a database, its key and a service that can start" {
  needs_root
  unshare -m true 2>/dev/null || skip "needs a mount namespace"
  unshare -m bash -ec '
    mkdir etc var
    cp -a /etc/. etc/
    mount -t tmpfs none var
    mount --bind etc /etc
    mount --bind var /var
    [ ! -e /dev/log ] || mount --bind /dev/null /dev/log
    make -s -C source install >install.log 2>&1 || { cat install.log; exit 1; }
    home=/var/popchain
    [ "$(stat -c "%U %a" $home/bin/apoppasswd)" = "popdb 4711" ]
    [ "$(stat -c "%U %a" $home/etc/users/users.cdb)" = "popdb 600" ]
    [ "$(stat -c "%U" $home/etc/keys/users.key)" = popdb ]
    [ "$(stat -c "%U %a" $home/etc/tls)" = "root 700" ]
    for account in popdb popnull poptls poplog; do getent passwd $account >/dev/null; done
    [ "$(stat -c %U $home/service/pop3/log/main)" = poplog ]
    printf "joe:sesame:20001:20001:%s/joe\n" "$PWD" | $home/bin/apoppasswd -i -
    $home/bin/popchain-setup $home/service/pop3 IP=127.0.0.1 PORT=0 HOST=localhost
    cd $home/service/pop3
    timeout 2 ./run >run.log 2>&1 || true
    grep -q "tcpserver: status: 0/400" run.log || { cat run.log; exit 1; }'
  ! getent passwd popdb || skip "popchain is installed here"
}
