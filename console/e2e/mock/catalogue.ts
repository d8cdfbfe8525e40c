/** Programs that the mock's machines have: name, publisher, versions from old to new, where they are known from, how common. */
export interface Title {
  name: string;
  publisher: string;
  versions: string[];
  family: "linux" | "windows";
  share: number;
}

const linux = (name: string, versions: string, share = 0.95, publisher = "Debian"): Title => ({
  name,
  publisher,
  versions: versions.split(" "),
  family: "linux",
  share,
});
const windows = (name: string, publisher: string, versions: string, share = 0.7): Title => ({
  name,
  publisher,
  versions: versions.split(" "),
  family: "windows",
  share,
});

export const catalogue: Title[] = [
  linux("openssl", "3.0.11-1~deb12u2 3.0.14-1~deb12u2 3.0.15-1~deb12u1 3.0.17-1~deb12u2"),
  linux("openssh-server", "1:9.2p1-2+deb12u2 1:9.2p1-2+deb12u3 1:9.2p1-2+deb12u7", 0.9),
  linux("bash", "5.2.15-2+b7 5.2.15-2+b8"),
  linux("curl", "7.88.1-10+deb12u5 7.88.1-10+deb12u8 7.88.1-10+deb12u14", 0.8),
  linux("systemd", "252.22-1~deb12u1 252.30-1~deb12u2 252.39-1~deb12u1"),
  linux("libc6", "2.36-9+deb12u7 2.36-9+deb12u10 2.36-9+deb12u13"),
  linux("nginx", "1.22.1-9 1.22.1-9+deb12u2 1.22.1-9+deb12u3", 0.3),
  linux("postgresql-15", "15.6-0+deb12u1 15.8-0+deb12u1 15.14-0+deb12u1", 0.2),
  linux("python3.11", "3.11.2-6 3.11.2-6+deb12u3 3.11.2-6+deb12u6", 0.9),
  linux("sudo", "1.9.13p3-1+deb12u1 1.9.13p3-1+deb12u2", 0.9),
  linux("rsyslog", "8.2302.0-1", 0.6),
  linux("vim-tiny", "2:9.0.1378-2 2:9.0.1378-2+deb12u2", 0.8),
  linux("docker-ce", "5:26.1.4-1 5:27.3.1-1 5:28.4.0-1", 0.25, "Docker"),
  linux("firefox-esr", "115.14.0esr-1~deb12u1 128.5.0esr-1~deb12u1 140.3.0esr-1~deb12u1", 0.4),
  linux("libreoffice-writer", "4:7.4.7-1+deb12u4 4:7.4.7-1+deb12u8", 0.3),
  linux("apache2", "2.4.61-1~deb12u1 2.4.65-1~deb12u1", 0.25),
  linux("linux-image-amd64", "6.1.106-3 6.1.119-1 6.1.148-1"),
  linux("fail2ban", "1.0.2-2", 0.3),
  linux("zabbix-agent", "1:6.0.14+dfsg-1", 0.2),
  linux("libxml2", "2.9.14+dfsg-1.3~deb12u1 2.9.14+dfsg-1.3~deb12u4"),
  windows("Google Chrome", "Google LLC", "127.0.6533.120 131.0.6778.86 138.0.7204.158 140.0.7339.81", 0.92),
  windows("Mozilla Firefox (x64 fr)", "Mozilla", "128.0.3 133.0 142.0.1", 0.55),
  windows(
    "Microsoft 365 Apps for enterprise - fr-fr",
    "Microsoft Corporation",
    "16.0.17928.20216 16.0.18526.20144 16.0.19127.20154",
    0.8,
  ),
  windows("7-Zip 24.08 (x64)", "Igor Pavlov", "24.08", 0.4),
  windows("7-Zip 25.01 (x64)", "Igor Pavlov", "25.01", 0.3),
  windows("VLC media player", "VideoLAN", "3.0.18 3.0.20 3.0.21", 0.45),
  windows(
    "Adobe Acrobat Reader - Français",
    "Adobe Systems Incorporated",
    "24.002.20857 25.001.20531 25.001.20643",
    0.7,
  ),
  windows("Microsoft Edge", "Microsoft Corporation", "131.0.2903.51 138.0.3351.95 140.0.3485.54", 0.98),
  windows(
    "Microsoft Visual C++ 2015-2022 Redistributable (x64) - 14.40.33810",
    "Microsoft Corporation",
    "14.40.33810.0",
    0.9,
  ),
  windows("Zoom Workplace (64-bit)", "Zoom Communications, Inc.", "6.1.11 6.2.11 6.5.7", 0.35),
  windows("TeamViewer", "TeamViewer", "15.51.6 15.60.3 15.69.4", 0.3),
  windows("KeePassXC", "KeePassXC Team", "2.7.7 2.7.9 2.7.10", 0.25),
  windows("FortiClient VPN", "Fortinet Technologies Inc", "7.2.4.0972 7.4.0.1658 7.4.3.1790", 0.3),
  windows("Notepad++ (64-bit x64)", "Notepad++ Team", "8.6.9 8.7.1 8.8.5", 0.4),
  windows("PuTTY release 0.81 (64-bit)", "Simon Tatham", "0.81.0.0", 0.2),
  windows("Dell SupportAssist", "Dell Inc.", "4.0.3.61633 4.5.1.13028", 0.25),
  windows("Java 8 Update 421 (64-bit)", "Oracle Corporation", "8.0.4210.9", 0.2),
  windows("Sage 100 Comptabilité", "Sage", "9.10 10.05 11.01", 0.12),
  windows("GIMP 2.10.38", "The GIMP Team", "2.10.38", 0.1),
  windows("LibreOffice 24.2.5.2", "The Document Foundation", "24.2.5.2", 0.2),
];
