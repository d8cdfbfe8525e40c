//! The names that Linux catalogues are made of. Whole names where a name is well known, stems where distributions build
//! theirs from the same upstream: `yaml` is `python3-yaml`, `libyaml-perl` and `php8.2-yaml`.

/// Debian's and Ubuntu's base.
pub(super) const DEB_BASE: &str = "\
adduser apparmor apt apt-listchanges apt-utils base-files base-passwd bash bash-completion bc bind9-dnsutils bind9-host \
bsdextrautils bsdutils busybox bzip2 ca-certificates console-setup console-setup-linux coreutils cpio cron \
cron-daemon-common curl dash dbus dbus-bin dbus-daemon dbus-session-bus-common dbus-system-bus-common dbus-user-session \
debconf debconf-i18n debian-archive-keyring debianutils diffutils dirmngr discover distro-info-data dmidecode \
dmsetup dosfstools dpkg e2fsprogs eject ethtool fdisk file findutils firmware-linux-free fontconfig-config fuse3 \
gcc-12-base gettext-base gnupg gnupg-l10n gnupg-utils gpg gpg-agent gpg-wks-client gpg-wks-server gpgconf gpgsm gpgv \
grep groff-base grub-common grub-efi-amd64 grub-efi-amd64-bin grub2-common gzip hostname htop ifupdown init \
init-system-helpers initramfs-tools initramfs-tools-core installation-report intel-microcode iproute2 iptables \
iputils-ping isc-dhcp-client isc-dhcp-common iso-codes jq kbd keyboard-configuration klibc-utils kmod krb5-locales \
laptop-detect less libc-bin libc-l10n linux-base linux-image-amd64 locales login logrotate logsave lsb-release lsof lvm2 \
man-db manpages mawk media-types mount mtr-tiny nano ncurses-base ncurses-bin ncurses-term netbase netcat-traditional \
nftables openssh-client openssh-server openssh-sftp-server openssl os-prober parted passwd pciutils perl perl-base \
perl-modules pinentry-curses procps psmisc publicsuffix python-apt-common python3 python3-minimal python3-apt \
python3-certifi python3-chardet python3-debconf python3-debian python3-debianbts python3-httplib2 python3-idna \
python3-pkg-resources python3-pycurl python3-pysimplesoap python3-reportbug python3-requests python3-six \
python3-urllib3 qemu-guest-agent readline-common reportbug rsync rsyslog runit-helper screen sed sensible-utils \
shared-mime-info shim-signed shim-signed-common shim-unsigned smartmontools socat sqlite3 ssh-import-id strace sudo \
systemd systemd-sysv systemd-timesyncd sysvinit-utils tar task-english tasksel tasksel-data tcpdump telnet time tmux \
traceroute tree tzdata ucf udev unattended-upgrades unzip usbutils usr-is-merged util-linux util-linux-extra \
util-linux-locales vim vim-common vim-runtime vim-tiny wamerican wget whiptail wtmpdb xauth xdg-user-dirs xkb-data \
xxd xz-utils zip zlib1g zstd zerofree";

/// Red Hat's and its rebuilds' base.
pub(super) const RPM_BASE: &str = "\
NetworkManager NetworkManager-libnm NetworkManager-team NetworkManager-tui PackageKit acl alternatives at attr audit \
audit-libs authselect authselect-libs avahi-libs basesystem bash bash-completion bc bind-libs bind-license bind-utils \
binutils bzip2 bzip2-libs c-ares ca-certificates checkpolicy chkconfig chrony cloud-init cockpit cockpit-bridge \
cockpit-system cockpit-ws compat-openssl11 coreutils coreutils-common cpio cracklib cracklib-dicts cronie \
cronie-anacron crontabs crypto-policies crypto-policies-scripts cryptsetup-libs curl cyrus-sasl-lib dbus dbus-broker \
dbus-common dbus-libs dbus-tools device-mapper device-mapper-event device-mapper-libs diffutils dmidecode dnf \
dnf-data dnf-plugins-core dosfstools dracut dracut-config-rescue dracut-network dracut-squash e2fsprogs e2fsprogs-libs \
efi-filesystem efibootmgr efivar-libs elfutils-debuginfod-client elfutils-default-yama-scope elfutils-libelf \
elfutils-libs ethtool expat file file-libs filesystem findutils firewalld firewalld-filesystem fontconfig freetype \
fuse fuse-common fuse-libs fwupd gawk gdbm-libs gdisk gettext gettext-libs glib2 glibc glibc-common glibc-gconv-extra \
glibc-langpack-en gmp gnupg2 gnutls gobject-introspection gpgme gpm-libs grep groff-base grub2-common grub2-efi-x64 \
grub2-pc grub2-tools grub2-tools-minimal grubby gssproxy gzip hdparm hostname hwdata ima-evm-utils inih initscripts \
initscripts-rename-device iproute iproute-tc iptables-libs iptables-nft iputils irqbalance iwl100-firmware jansson jq \
json-c kbd kbd-misc kernel kernel-core kernel-modules kernel-modules-core kernel-tools kernel-tools-libs \
kexec-tools keyutils keyutils-libs kmod kmod-libs kpartx krb5-libs less libacl libarchive libassuan libattr libbasicobjects \
libblkid libbpf libbrotli libcap libcap-ng libcap-ng-python3 libcbor libcollection libcom_err libcomps libcurl libdaemon \
libdb libdhash libdnf libeconf libedit libestr libevent libfastjson libfdisk libffi libfido2 libgcc libgcrypt \
libgomp libgpg-error libibverbs libicu libidn2 libini_config libkcapi libkcapi-hmaccalc libksba libldb libmaxminddb \
libmnl libmodulemd libmount libndp libnetfilter_conntrack libnfnetlink libnfsidmap libnftnl libnghttp2 libnl3 \
libnl3-cli libpath_utils libpcap libpipeline libproxy libpsl libpwquality libref_array librepo libreport-filesystem \
librhsm libseccomp libselinux libselinux-utils libsemanage libsepol libsigsegv libsmartcols libsolv libss libssh \
libssh-config libsss_certmap libsss_idmap libsss_nss_idmap libsss_sudo libstdc++ libstemmer libsysfs libtalloc \
libtasn1 libtdb libteam libtevent libtirpc libtool-ltdl libunistring libusbx libuser libutempter libuuid libuv \
libverto libverto-libev libxcrypt libxml2 libxslt libyaml libzstd linux-firmware linux-firmware-whence lmdb-libs \
logrotate lshw lsof lsscsi lua-libs lz4-libs man-db mdadm microcode_ctl mokutil mpfr mtr nano ncurses ncurses-base \
ncurses-libs net-tools nettle newt nfs-utils nftables npth nspr nss nss-softokn nss-sysinit nss-util numactl-libs \
openldap openssh openssh-clients openssh-server openssl openssl-libs os-prober p11-kit p11-kit-trust pam parted passwd \
pciutils pciutils-libs pcre pcre2 pcre2-syntax perl-interpreter perl-libs pigz pinentry plymouth plymouth-core-libs \
policycoreutils policycoreutils-python-utils polkit polkit-libs polkit-pkla-compat popt prefixdevname procps-ng \
psmisc publicsuffix-list-dafsa python3 python3-audit python3-cloud-what python3-dateutil python3-dbus \
python3-decorator python3-dnf python3-dnf-plugins-core python3-ethtool python3-file-magic python3-firewall \
python3-gobject-base python3-gpg python3-hawkey python3-iniparse python3-inotify python3-libcomps python3-libdnf \
python3-libs python3-libselinux python3-libsemanage python3-nftables python3-pip-wheel python3-policycoreutils \
python3-rpm python3-setools python3-setuptools python3-six python3-subscription-manager-rhsm python3-systemd \
qemu-guest-agent quota quota-nls readline rootfiles rpcbind rpm rpm-build-libs rpm-libs rpm-plugin-audit \
rpm-plugin-selinux rpm-sign-libs rsync rsyslog sed selinux-policy selinux-policy-targeted setools-console setup \
sg3_utils sg3_utils-libs shadow-utils shared-mime-info shim-x64 slang smartmontools snappy sos sqlite sqlite-libs \
squashfs-tools sssd-client sssd-common sssd-kcm strace subscription-manager sudo systemd systemd-libs systemd-pam \
systemd-udev sysstat tar tcpdump teamd timedatex tmux tpm2-tss tree tuned tzdata unzip usbutils usermode \
userspace-rcu util-linux util-linux-core vim-common vim-enhanced vim-filesystem vim-minimal virt-what wget which \
xfsprogs xz xz-libs yum yum-utils zip zlib";

/// Libraries: stem and the number in Debian's package name.
pub(super) const LIBRARIES: &str = "\
acl:1 aio:1 apparmor:1 apt-pkg:6.0 archive:13 argon2:1 asan:8 assuan:0 atk-bridge2.0:0 atomic:1 attr:1 audit:1 \
avahi-client:3 avahi-common:3 blas:3 blkid:1 bluetooth:3 boost-thread:1.74.0 bpf:1 brotli:1 bsd:0 bz2:1.0 c-ares:2 \
cairo:2 cap-ng:0 cap:2 cbor:0.8 colord:2 com-err:2 crypt:1 cryptsetup:12 cups:2 curl-gnutls:3 curl:4 daxctl:1 \
db5.3: dbus-1:3 dconf:1 de265:0 debconfclient:0 deflate:0 devmapper:1.02.1 dns-export:1110 drm:2 dw:1 edit:2 efiboot:1 \
efivar:1 egl:1 elf:1 epoxy:0 estr:0 event-core:2.1-7 expat:1 ext2fs:2 fastjson:4 fdisk:1 ffi:8 fftw3-double:3 \
fido2:1 flac:12 fontconfig:1 freetype:6 fribidi:0 fuse3:3 gbm:1 gcc-s:1 gcrypt:20 gd:3 gdbm-compat:4 gdbm:6 \
gfortran:5 gif:7 gl:1 glib2.0:0 glvnd:0 gmp:10 gnutls:30 gomp:1 gpg-error:0 gpm:2 graphite2:3 gsasl:18 \
gssapi-krb5:2 gstreamer1.0:0 gtk-3:0 gudev-1.0:0 harfbuzz:0b heif:1 hogweed:6 hunspell-1.7:0 icu:72 idn:12 idn2:0 \
imagequant:0 input:10 inih:1 iperf:0 ip4tc:2 ip6tc:2 isl:23 itm:1 jansson:4 jbig:0 jemalloc:2 jpeg62-turbo: \
json-c:5 json-glib-1.0:0 k5crypto:3 keyutils:1 klibc: kmod:2 krb5-3: krb5support:0 ksba:8 lcms2:2 ldap-2.5:0 \
lerc:4 lmdb:0 locale-gettext-perl: lua5.3:0 lz4:1 lzma:5 lzo2:2 magic:1 maxminddb:0 md:0 mnl:0 mount:1 mpc:3 mpdec:3 \
mpfr:6 mtdev:1 ndctl:6 ncurses:6 ncursesw:6 netfilter-conntrack:3 nettle:8 newt:0.52 nfnetlink:0 nfsidmap:1 nftables:1 \
nftnl:11 nghttp2:14 nl-3:200 nl-genl-3:200 notify:4 npth:0 nspr:4 nss-systemd: nss3: numa:1 nuspell:5 ogg:0 \
opengl:0 openjp2:7 opus:0 p11-kit:0 pam-modules: pam-runtime: pam-systemd: pam0g: pango-1.0:0 pangocairo-1.0:0 \
paper:1 parted:2 pcap0.8: pci:3 pcre2-8:0 pcre:3 pcsclite:1 perl5: pipeline:1 pipewire-0.3:0 pixman-1:0 \
plymouth:5 png16:16 polkit-agent-1:0 polkit-gobject-1:0 popt:0 proc2:0 proxy1v5: psl:5 pulse:0 python3-stdlib: \
quadmath:0 raw:20 readline:8 reiserfscore:0 rsvg2:2 rtmp:1 rubberband:2 sasl2:2 sasl2-modules-db: seccomp:2 \
secret-1:0 selinux:1 semanage:2 sensors:5 sepol:2 sigsegv:2 slang2: smartcols:1 smbclient:0 snappy:1v5 sndfile:1 \
snmp:40 sodium:23 soup2.4:1 source-highlight:4v5 soxr:0 speex:1 sqlite3:0 ss:2 ssh-gcrypt:4 ssh2:1 ssl:3 stdc++:6 \
stemmer:0d swresample:4 systemd-shared: systemd:0 talloc:2 tasn1:6 tcl8.6: tdb:1 tevent:0 text-charwidth-perl: \
theora:0 thai:0 tiff:6 tinfo:6 tirpc:3 tk8.6: tsan:2 tss2-esys:3.0.2 tss2-mu:0 tss2-sys:1 uchardet:0 udev:1 \
unistring:2 unwind:8 upower-glib:3 uring:2 usb-1.0:0 utempter:0 uuid:1 uv:1 va:2 vdpau:1 volume-key:1 vorbis:0 vpx:7 \
vte-2.91:0 vulkan:1 wacom:9 wavpack:1 wayland-client:0 wbclient:0 webp:7 webpdemux:2 wrap:0 x11:6 x264:164 x265:199 \
xapian:30 xau:6 xcb-render:0 xcb-shm:0 xcb:1 xcomposite:1 xcursor:1 xdamage:1 xdmcp:6 xext:6 xfixes:3 xft:2 \
xi:6 xinerama:1 xkbcommon:0 xkbfile:1 xml2: xmlb:2 xmu:6 xmuu:1 xpm:4 xrandr:2 xrender:1 xslt1.1: xt:6 xtables:12 \
xtst:6 xv:1 xxf86vm:1 xxhash:0 yaml:0 zip:4 zstd:1 zvbi:0";

/// Modules that exist for several languages.
pub(super) const MODULES: &str = "\
yaml json xml ssl crypto socket http date time-local uri encode mail ldap redis memcached mongo mysql pgsql sqlite \
template log test mock config args parse text unicode html css markdown csv excel pdf image color math bigint random uuid \
digest hash hmac jwt oauth session cookie cache queue event async thread process signal daemon file path temp glob \
archive zip tar gzip zstd lzma snappy msgpack protobuf grpc thrift avro amqp mqtt stomp websocket dns ip netaddr whois \
snmp ssh sftp ftp smtp imap pop3 syslog journal inotify usb serial bluetooth gpio i2c spi term readline progress curses \
color-term locale gettext i18n plural inflect stem levenshtein soundex metaphone geo gis proj shape tile map route";

/// Python.
pub(super) const PYTHON: &str = "\
numpy scipy pandas matplotlib pil lxml yaml jinja2 markupsafe flask werkzeug click itsdangerous django sqlalchemy \
psycopg2 pymysql redis celery kombu amqp billiard vine boto3 botocore s3transfer jmespath paramiko cryptography cffi \
pycparser bcrypt nacl openssl pyasn1 rsa jwt oauthlib requests-oauthlib gunicorn uvicorn starlette fastapi pydantic \
typing-extensions attr dateutil tz babel simplejson ujson msgpack toml tomlkit packaging pyparsing pip setuptools \
wheel virtualenv distlib filelock platformdirs pluggy pytest coverage mock tox nose docutils sphinx pygments \
alabaster imagesize snowballstemmer roman bs4 html5lib soupsieve webencodings cssselect feedparser mechanize \
twisted zope.interface constantly incremental automaton hyperlink service-identity tornado zmq gevent greenlet \
psutil distro debugpy gi dbus cups smbc ldap3 dnspython netaddr ipaddress scapy nmap ansible resolvelib jsonschema \
rfc3987 uritemplate webcolors colorama tqdm rich prettytable tabulate termcolor texttable docker dockerpty \
websocket docopt cached-property magic libvirt guestfs rpm selinux semanage sepolgen ethtool linux-procfs perf";

/// Desktop programs.
pub(super) const DESKTOP: &str = "\
gnome-shell gnome-shell-extensions gnome-session gnome-settings-daemon gnome-control-center gnome-terminal \
gnome-calculator gnome-calendar gnome-characters gnome-clocks gnome-contacts gnome-disk-utility gnome-font-viewer \
gnome-keyring gnome-logs gnome-maps gnome-menus gnome-music gnome-online-accounts gnome-remote-desktop \
gnome-screenshot gnome-software gnome-sound-recorder gnome-system-monitor gnome-text-editor gnome-themes-extra \
gnome-tweaks gnome-user-docs gnome-user-share gnome-video-effects gnome-weather nautilus nautilus-sendto evince \
evolution evolution-data-server eog cheese baobab file-roller gedit seahorse simple-scan totem rhythmbox shotwell \
transmission-gtk yelp yelp-xsl zenity mutter gdm3 adwaita-icon-theme hicolor-icon-theme gtk-update-icon-cache \
dconf-cli dconf-service dconf-gsettings-backend gsettings-desktop-schemas gvfs gvfs-backends gvfs-fuse gvfs-daemons \
ibus ibus-gtk3 im-config firefox-esr thunderbird chromium inkscape gimp gimp-data vlc vlc-bin vlc-plugin-base \
vlc-plugin-qt remmina remmina-plugin-rdp remmina-plugin-vnc filezilla keepassxc meld xterm xorg xserver-xorg \
xserver-xorg-core xserver-xorg-input-libinput xserver-xorg-video-amdgpu xserver-xorg-video-intel \
xserver-xorg-video-nouveau x11-apps x11-common x11-session-utils x11-utils x11-xkb-utils x11-xserver-utils xinit \
xinput xdg-utils xdg-desktop-portal xdg-desktop-portal-gtk xwayland pipewire pipewire-bin pipewire-pulse wireplumber \
pulseaudio-utils alsa-ucm-conf alsa-utils alsa-topology-conf bluez bluez-obexd cups cups-browsed cups-bsd cups-client \
cups-common cups-core-drivers cups-daemon cups-filters cups-pk-helper cups-ppdc cups-server-common foomatic-db-engine \
ghostscript printer-driver-hpcups hplip sane-utils sane-airscan colord colord-data modemmanager network-manager \
network-manager-gnome network-manager-openvpn wpasupplicant wireless-regdb usb-modeswitch power-profiles-daemon upower \
udisks2 policykit-1 accountsservice rtkit geoclue-2.0 iio-sensor-proxy switcheroo-control packagekit fwupd appstream \
fonts-dejavu fonts-dejavu-core fonts-dejavu-extra fonts-liberation fonts-liberation2 fonts-noto-core fonts-noto-cjk \
fonts-noto-color-emoji fonts-noto-mono fonts-cantarell fonts-opensymbol fonts-quicksand fonts-urw-base35 \
fonts-freefont-ttf fonts-droid-fallback libreoffice libreoffice-base libreoffice-base-core libreoffice-base-drivers \
libreoffice-calc libreoffice-common libreoffice-core libreoffice-draw libreoffice-gnome libreoffice-gtk3 \
libreoffice-help-common libreoffice-help-en-us libreoffice-help-fr libreoffice-impress libreoffice-l10n-fr \
libreoffice-math libreoffice-report-builder-bin libreoffice-style-colibre libreoffice-style-elementary \
libreoffice-writer hunspell-en-us hunspell-fr hyphen-fr mythes-fr wfrench ure uno-libs-private python3-uno \
google-chrome-stable code teams-for-linux slack-desktop zoom microsoft-edge-stable anydesk teamviewer";

/// A web server's.
pub(super) const WEB: &str = "\
apache2 apache2-bin apache2-data apache2-utils nginx nginx-common nginx-core haproxy varnish certbot \
python3-certbot python3-certbot-apache python3-certbot-nginx python3-acme ssl-cert brotli webp redis-server \
redis-tools memcached php php-cli php-common php-fpm php-apcu php-bcmath php-curl php-gd php-gmp php-igbinary \
php-imagick php-imap php-intl php-ldap php-mbstring php-memcached php-msgpack php-mysql php-opcache php-pgsql \
php-readline php-redis php-soap php-sqlite3 php-xml php-xmlrpc php-zip composer libapache2-mod-php \
libapache2-mod-security2 libapache2-mod-evasive modsecurity-crs fail2ban goaccess awstats logwatch proftpd-core \
proftpd-basic vsftpd nodejs npm yarn";

/// A database server's.
pub(super) const DATABASE: &str = "\
postgresql postgresql-client postgresql-client-common postgresql-common postgresql-contrib postgresql-server-dev \
postgis postgresql-postgis pgbouncer pgbackrest pgtop pg-activity barman barman-cli mariadb-server mariadb-client \
mariadb-common mariadb-backup mariadb-plugin-provider-lz4 mysql-common galera-4 percona-toolkit mytop sysbench \
mongodb-org mongodb-org-server mongodb-org-shell mongodb-org-tools mongodb-database-tools influxdb telegraf \
prometheus-node-exporter prometheus-postgres-exporter prometheus-mysqld-exporter restic borgbackup duplicity rclone";

/// A machine for developers.
pub(super) const DEVELOPMENT: &str = "\
build-essential gcc g++ cpp make cmake cmake-data ninja-build meson autoconf automake libtool pkg-config gdb valgrind \
strace ltrace git git-man gitk git-lfs subversion mercurial patch diffstat quilt dpkg-dev devscripts debhelper \
fakeroot lintian clang clang-format clang-tidy lld llvm llvm-runtime rustc cargo rust-analyzer golang golang-go \
golang-src openjdk-17-jdk openjdk-17-jdk-headless openjdk-17-jre openjdk-17-jre-headless maven gradle ant \
ca-certificates-java java-common ruby ruby-dev ruby-bundler rake nodejs npm yarn python3-dev python3-venv python3-pip \
python3-wheel python3-setuptools ipython3 jupyter docker-ce docker-ce-cli docker-buildx-plugin docker-compose-plugin \
containerd.io podman buildah skopeo crun conmon kubectl helm terraform vagrant virtualbox-7.0 ansible ansible-core \
awscli azure-cli google-cloud-cli gh shellcheck ripgrep fd-find bat fzf neovim emacs emacs-gtk emacs-common \
wireshark tshark nmap httpie postgresql-client mariadb-client sqlite3 graphviz doxygen plantuml pandoc asciidoctor";

/// A virtualisation or container host.
pub(super) const VIRTUALISATION: &str = "\
qemu-system-x86 qemu-system-common qemu-system-data qemu-system-gui qemu-utils qemu-block-extra libvirt-daemon \
libvirt-daemon-system libvirt-daemon-config-network libvirt-clients libvirt-daemon-driver-qemu libvirt0 virtinst \
virt-manager virt-viewer ovmf seabios ipxe-qemu swtpm swtpm-tools bridge-utils dnsmasq-base docker-ce docker-ce-cli \
docker-buildx-plugin docker-compose-plugin docker-ce-rootless-extras containerd.io runc cri-tools kubeadm kubectl \
kubelet kubernetes-cni ceph-common ceph-osd ceph-mon python3-ceph librbd1 librados2 glusterfs-client drbd-utils \
open-iscsi multipath-tools corosync pacemaker pcs resource-agents fence-agents crmsh zfsutils-linux zfs-dkms \
zfs-zed targetcli-fb openvswitch-switch openvswitch-common lxc lxcfs lxc-templates uidmap";

/// A mail or file server's.
pub(super) const MAIL_FILES: &str = "\
postfix postfix-mysql postfix-pcre postfix-sqlite dovecot-core dovecot-imapd dovecot-lmtpd dovecot-managesieved \
dovecot-mysql dovecot-pop3d dovecot-sieve amavisd-new clamav clamav-base clamav-daemon clamav-freshclam spamassassin \
spamc spamd opendkim opendkim-tools opendmarc rspamd bsd-mailx mutt samba samba-common samba-common-bin \
samba-dsdb-modules samba-vfs-modules winbind krb5-user krb5-config nfs-kernel-server nfs-common cifs-utils \
attr quota quotatool rsnapshot borgbackup bacula-fd bacula-common slapd ldap-utils sssd sssd-ad sssd-ldap sssd-krb5 \
sssd-tools realmd adcli oddjob bind9 bind9-utils isc-dhcp-server chrony freeradius freeradius-common openvpn \
easy-rsa wireguard-tools strongswan strongswan-charon squid squid-common snmpd snmp nagios-nrpe-server \
monitoring-plugins monitoring-plugins-basic zabbix-agent2 munin-node collectd";

/// Maintainers of Debian packages.
pub(super) const DEBIAN_MAINTAINERS: &[&str] = &[
    "Debian GNOME Maintainers <pkg-gnome-maintainers@lists.alioth.debian.org>",
    "Debian X Strike Force <debian-x@lists.debian.org>",
    "Debian Python Team <team+python@tracker.debian.org>",
    "Debian Perl Group <pkg-perl-maintainers@lists.alioth.debian.org>",
    "Debian GCC Maintainers <debian-gcc@lists.debian.org>",
    "GNU Libc Maintainers <debian-glibc@lists.debian.org>",
    "Utopia Maintenance Team <pkg-utopia-maintainers@lists.alioth.debian.org>",
    "Debian Multimedia Maintainers <debian-multimedia@lists.debian.org>",
    "Debian QA Group <packages@qa.debian.org>",
    "Debian Science Maintainers <debian-science-maintainers@lists.alioth.debian.org>",
    "Debian Java Maintainers <pkg-java-maintainers@lists.alioth.debian.org>",
    "Debian LibreOffice Maintainers <debian-openoffice@lists.debian.org>",
    "Debian systemd Maintainers <pkg-systemd-maintainers@lists.alioth.debian.org>",
    "Debian GnuTLS Maintainers <pkg-gnutls-maint@lists.alioth.debian.org>",
    "Debian Printing Team <debian-printing@lists.debian.org>",
    "Debian PHP Maintainers <team+pkg-php@tracker.debian.org>",
];

/// Descriptions and unit names of services on Linux: `unit|description|command`.
pub(super) const UNITS: &str = "\
apparmor|Load AppArmor profiles|/lib/apparmor/apparmor.systemd reload
apt-daily-upgrade|Daily apt upgrade and clean activities|/usr/lib/apt/apt.systemd.daily install
apt-daily|Daily apt download activities|/usr/lib/apt/apt.systemd.daily update
autovt@|Getty on tty|/sbin/agetty --noclear %I $TERM
blk-availability|Availability of block devices|/sbin/blkdeactivate -u -l wholevg -m disablequeueing -r wait
bluetooth|Bluetooth service|/usr/libexec/bluetooth/bluetoothd
chrony|chrony, an NTP client/server|/usr/sbin/chronyd -F 1
console-getty|Console Getty|/sbin/agetty --noclear --keep-baud console 115200,38400,9600 $TERM
console-setup|Set console font and keymap|/lib/console-setup/console-setup.sh
container-getty@|Container Getty on /dev/pts/%I|/sbin/agetty --noclear --keep-baud pts/%I 115200,38400,9600 $TERM
cron|Regular background program processing daemon|/usr/sbin/cron -f $EXTRA_OPTS
cryptdisks-early|Early cryptographic disk set-up|/lib/systemd/systemd-cryptsetup
dbus-org.freedesktop.hostname1|Hostname Service|/lib/systemd/systemd-hostnamed
dbus-org.freedesktop.locale1|Locale Service|/lib/systemd/systemd-localed
dbus-org.freedesktop.login1|User Login Management|/lib/systemd/systemd-logind
dbus-org.freedesktop.timedate1|Time & Date Service|/lib/systemd/systemd-timedated
dbus|D-Bus System Message Bus|/usr/bin/dbus-daemon --system --address=systemd: --nofork --nopidfile --systemd-activation --syslog-only
debug-shell|Early root shell on /dev/tty9 FOR DEBUGGING ONLY|/bin/sh
dm-event|Device-mapper event daemon|/sbin/dmeventd -f
dpkg-db-backup|Daily dpkg database backup service|/usr/libexec/dpkg/dpkg-db-backup
e2scrub@|Online ext4 Metadata Check for %f|/sbin/e2scrub -t %f
e2scrub_all|Online ext4 Metadata Check for All Filesystems|/sbin/e2scrub_all
e2scrub_reap|Remove Stale Online ext4 Metadata Check Snapshots|/sbin/e2scrub_all -A -r
emergency|Emergency Shell|/lib/systemd/systemd-sulogin-shell emergency
firewalld|firewalld - dynamic firewall daemon|/usr/sbin/firewalld --nofork --nopid
fstrim|Discard unused blocks on filesystems from /etc/fstab|/sbin/fstrim --listed-in /etc/fstab:/proc/self/mountinfo --verbose --quiet-unsupported
fwupd|Firmware update daemon|/usr/libexec/fwupd/fwupd
fwupd-refresh|Refresh fwupd metadata and update motd|/usr/bin/fwupdmgr refresh
getty@tty1|Getty on tty1|/sbin/agetty -o '-p -- \\u' --noclear - $TERM
grub-common|Record successful boot for GRUB|/bin/sh -c '[ -s /boot/grub/grubenv ] || rm -f /boot/grub/grubenv'
initrd-cleanup|Cleaning Up and Shutting Down Daemons|/bin/systemctl --no-block isolate initrd-switch-root.target
initrd-switch-root|Switch Root|/bin/systemctl --no-block switch-root /sysroot
irqbalance|irqbalance daemon|/usr/sbin/irqbalance --foreground $OPTIONS
kdump|Crash recovery kernel arming|/usr/bin/kdumpctl start
keyboard-setup|Set the console keyboard layout|/lib/console-setup/keyboard-setup.sh
kmod-static-nodes|Create List of Static Device Nodes|/bin/kmod static-nodes --format=tmpfiles --output=/run/tmpfiles.d/static-nodes.conf
kmod|Load Kernel Modules|/lib/systemd/systemd-modules-load
ldconfig|Rebuild Dynamic Linker Cache|/sbin/ldconfig -X
logrotate|Rotate log files|/usr/sbin/logrotate /etc/logrotate.conf
lvm2-lvmpolld|LVM2 poll daemon|/sbin/lvmpolld -t 60 -f
lvm2-monitor|Monitoring of LVM2 mirrors, snapshots etc. using dmeventd or progress polling|/sbin/lvm vgchange --monitor y
man-db|Daily man-db regeneration|/usr/bin/mandb --quiet
mdadm|Monitor software RAID arrays|/sbin/mdadm --monitor --scan
mdmonitor-oneshot|Reminder for degraded MD arrays|/sbin/mdadm --monitor --oneshot --scan
modprobe@|Load Kernel Module %i|/sbin/modprobe -abq %I
ModemManager|Modem Manager|/usr/sbin/ModemManager
motd-news|Message of the Day|/etc/update-motd.d/50-motd-news --force
multipathd|Device-Mapper Multipath Device Controller|/sbin/multipathd -d -s
networking|Raise network interfaces|/sbin/ifup -a --read-environment
NetworkManager-dispatcher|Network Manager Script Dispatcher Service|/usr/libexec/nm-dispatcher
NetworkManager-wait-online|Network Manager Wait Online|/usr/bin/nm-online -s -q
NetworkManager|Network Manager|/usr/sbin/NetworkManager --no-daemon
nfs-client|NFS client services|/usr/sbin/rpc.statd
nftables|nftables|/usr/sbin/nft -f /etc/nftables.conf
ntpsec|Network Time Service|/usr/sbin/ntpd -p /run/ntpd.pid -c /etc/ntpsec/ntp.conf -g -N
open-vm-tools|Service for virtual machines hosted on VMware|/usr/bin/vmtoolsd
packagekit|PackageKit Daemon|/usr/libexec/packagekitd
plymouth-quit-wait|Hold until boot process finishes up|/usr/bin/plymouth --wait
plymouth-start|Show Plymouth Boot Screen|/usr/sbin/plymouthd --mode=boot --pid-file=/run/plymouth/pid --attach-to-session
polkit|Authorization Manager|/usr/lib/polkit-1/polkitd --no-debug
procps|Apply Kernel Variables|/lib/systemd/systemd-sysctl
qemu-guest-agent|QEMU Guest Agent|/usr/sbin/qemu-ga
quotaon|Enable File System Quotas|/sbin/quotaon -aug
rc-local|/etc/rc.local Compatibility|/etc/rc.local start
rescue|Rescue Shell|/lib/systemd/systemd-sulogin-shell rescue
rpcbind|RPC bind portmap service|/sbin/rpcbind -w -f
rsync|fast remote file copy program daemon|/usr/bin/rsync --daemon --no-detach
rsyslog|System Logging Service|/usr/sbin/rsyslogd -n -iNONE
serial-getty@|Serial Getty on %I|/sbin/agetty -o '-p -- \\u' --keep-baud 115200,57600,38400,9600 - $TERM
smartmontools|Self Monitoring and Reporting Technology (SMART) Daemon|/usr/sbin/smartd -n $smartd_opts
snapd|Snap Daemon|/usr/lib/snapd/snapd
ssh|OpenBSD Secure Shell server|/usr/sbin/sshd -D $SSHD_OPTS
ssh@|OpenBSD Secure Shell server per-connection daemon|/usr/sbin/sshd -i $SSHD_OPTS
sssd|System Security Services Daemon|/usr/sbin/sssd -i ${DEBUG_LOGGER}
sysstat|Resets System Activity Logs|/usr/lib/sysstat/debian-sa1 --boot
tuned|Dynamic System Tuning Daemon|/usr/sbin/tuned -l -P
udisks2|Disk Manager|/usr/libexec/udisks2/udisksd
ufw|Uncomplicated firewall|/lib/ufw/ufw-init start quiet
unattended-upgrades|Unattended Upgrades Shutdown|/usr/share/unattended-upgrades/unattended-upgrade-shutdown --wait-for-signal
upower|Daemon for power management|/usr/libexec/upowerd
user-runtime-dir@|User Runtime Directory /run/user/%i|/lib/systemd/systemd-user-runtime-dir start %i
user@|User Manager for UID %i|/lib/systemd/systemd --user
uuidd|Daemon for generating UUIDs|/usr/sbin/uuidd --socket-activation
wpa_supplicant|WPA supplicant|/sbin/wpa_supplicant -u -s -O DIR=/run/wpa_supplicant GROUP=netdev
zfs-zed|ZFS Event Daemon (zed)|/usr/sbin/zed -F";

/// Parts of systemd that each have a unit.
pub(super) const SYSTEMD_PARTS: &str = "\
ask-password-console:Dispatch Password Requests to Console ask-password-wall:Forward Password Requests to Wall \
backlight@:Load/Save Screen Backlight Brightness binfmt:Set Up Additional Binary Formats bless-boot:Mark the Current \
Boot Loader Entry as Good boot-check-no-failures:Check if Any System Units Failed boot-system-token:Store a System \
Token in an EFI Variable confext:Merge System Configuration Images coredump@:Process Core Dump creds@:Credential \
Encryption/Decryption exit:Exit the Session firstboot:First Boot Wizard fsck-root:File System Check on Root Device \
fsck@:File System Check fsckd:File System Check Daemon to report status growfs-root:Grow Root File System growfs@:Grow \
File System halt:System Halt hibernate-resume:Resume from hibernation hibernate:System Hibernate hostnamed:Hostname \
Service hwdb-update:Rebuild Hardware Database hybrid-sleep:System Hybrid Suspend+Hibernate importd:Virtual Machine and \
Container Download Service initctl:initctl Compatibility Daemon journal-catalog-update:Rebuild Journal Catalog \
journal-flush:Flush Journal to Persistent Storage journald:Journal Service journald@:Journal Service for Namespace \
kexec:Reboot via kexec localed:Locale Service logind:User Login Management machine-id-commit:Commit a transient \
machine-id on disk machined:Virtual Machine and Container Registration Service modules-load:Load Kernel Modules \
network-generator:Generate network units from Kernel command line networkd-wait-online:Wait for Network to be Configured \
networkd:Network Configuration pcrlock-file-system:Lock File Systems to TPM2 PCR Policy pcrmachine:TPM2 PCR Machine ID \
Measurement pcrphase-initrd:TPM2 PCR Barrier (initrd) pcrphase-sysinit:TPM2 PCR Barrier (Initialization) \
pcrphase:TPM2 PCR Barrier (User) portabled:Portable Service Manager poweroff:System Power Off pstore:Platform Persistent \
Storage Archival quotacheck:File System Quota Check random-seed:Load/Save OS Random Seed reboot:System Reboot \
remount-fs:Remount Root and Kernel File Systems repart:Repartition Root Disk resolved:Network Name Resolution rfkill:Load/Save \
RF Kill Switch Status soft-reboot:Reboot System Userspace storagetm:Expose all block devices as NVMe-TCP \
suspend-then-hibernate:System Suspend then Hibernate suspend:System Suspend sysctl:Apply Kernel Variables \
sysext:Merge System Extension Images sysupdate-reboot:Reboot Automatically After System Update sysupdate:Automatic System \
Update sysusers:Create System Users time-wait-sync:Wait Until Kernel Time Synchronized timedated:Time & Date Service \
timesyncd:Network Time Synchronization tmpfiles-clean:Cleanup of Temporary Directories tmpfiles-setup-dev:Create Static \
Device Nodes in /dev tmpfiles-setup:Create System Files and Directories udev-settle:Wait for udev To Complete Device \
Initialization udev-trigger:Coldplug All udev Devices udevd:Rule-based Manager for Device Events and Files \
update-done:Update is Completed update-utmp-runlevel:Record Runlevel Change in UTMP update-utmp:Record System Boot/Shutdown \
in UTMP user-sessions:Permit User Sessions vconsole-setup:Virtual Console Setup volatile-root:Enforce Volatile Root File \
Systems";
