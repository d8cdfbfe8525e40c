//! The names that Windows catalogues are made of: programs with their publishers, store packages, drivers, services.

/// Programs: `name|publisher|version|speed`, where the speed says how often a new version comes (`f` every level, `s`
/// now and then, `n` never). `{}` in a name stands for the version, as many installers write it there.
pub(super) const PROGRAMS: &str = "\
7-Zip {} (x64)|Igor Pavlov|23.01|s
Adobe Acrobat Reader - Français|Adobe Systems Incorporated|23.008.20533|f
Adobe Acrobat (64-bit)|Adobe|24.002.20759|f
Adobe Creative Cloud|Adobe Inc.|6.3.0.207|f
Adobe Refresh Manager|Adobe Systems Incorporated|1.8.0|n
AnyDesk|AnyDesk Software GmbH|ad 8.0.8|s
Apple Software Update|Apple Inc.|2.7.0.3|n
Audacity {}|Audacity Team|3.4.2|s
AutoCAD 2024 - English|Autodesk|24.3.61.0|s
Autodesk Desktop App|Autodesk|8.5.0.128|s
Bitwarden|Bitwarden Inc.|2024.2.0|f
Bonjour|Apple Inc.|3.1.0.1|n
CCleaner|Piriform Software Ltd|6.21|f
CDBurnerXP|CDBurnerXP|4.5.8.7128|n
Cisco AnyConnect Secure Mobility Client|Cisco Systems, Inc.|4.10.07061|s
Cisco Webex Meetings|Cisco Webex LLC|43.12.0|f
Citrix Workspace 2311|Citrix Systems, Inc.|23.11.0.197|s
Dell Command | Update for Windows Universal|Dell Inc.|5.2.0|s
Dell SupportAssist|Dell Inc.|3.14.2.45116|f
Docker Desktop|Docker Inc.|4.27.2|f
FileZilla {}|Tim Kosse|3.66.4|f
FortiClient VPN|Fortinet Technologies Inc|7.2.3.0929|s
Foxit PDF Reader|Foxit Software Inc.|2023.3.0.23028|f
GIMP {}|The GIMP Team|2.10.36|s
GPL Ghostscript|Artifex Software Inc.|10.02.1|s
Git|The Git Development Community|2.43.0|f
GitHub CLI|GitHub, Inc.|2.42.1|f
Google Chrome|Google LLC|120.0.6099.130|f
Google Drive|Google LLC|85.0.26.0|f
Google Earth Pro|Google|7.3.6.9750|n
Greenshot {}|Greenshot|1.2.10.6|n
HP Support Assistant|HP Inc.|9.33.26.0|s
HP Sure Click|HP Inc.|4.4.18.570|s
IntelliJ IDEA 2023.3|JetBrains s.r.o.|233.11799.300|f
IrfanView {} (64-bit)|Irfan Skiljan|4.66|s
Java 8 Update 401 (64-bit)|Oracle Corporation|8.0.4010.10|s
KeePass Password Safe {}|Dominik Reichl|2.55|s
KeePassXC|KeePassXC Team|2.7.6|s
Kaspersky Endpoint Security for Windows|AO Kaspersky Lab|12.3.0.493|s
LibreOffice {}|The Document Foundation|7.6.4.1|f
Lenovo System Update|Lenovo|5.08.02.25|s
Lenovo Vantage Service|Lenovo Group Ltd.|4.0.52.0|f
LogMeIn Client|LogMeIn, Inc.|1.3.5517|s
Malwarebytes|Malwarebytes|4.6.8.311|f
McAfee Endpoint Security Platform|McAfee, LLC.|10.7.0.5957|s
Microsoft 365 Apps for enterprise - en-us|Microsoft Corporation|16.0.17126.20132|f
Microsoft 365 Apps for enterprise - fr-fr|Microsoft Corporation|16.0.17126.20132|f
Microsoft Edge|Microsoft Corporation|120.0.2210.91|f
Microsoft Edge WebView2 Runtime|Microsoft Corporation|120.0.2210.91|f
Microsoft ODBC Driver 17 for SQL Server|Microsoft Corporation|17.10.5.1|s
Microsoft OLE DB Driver for SQL Server|Microsoft Corporation|18.6.7.0|s
Microsoft Office Professional Plus 2016|Microsoft Corporation|16.0.4266.1001|n
Microsoft Office Standard 2019 - fr-fr|Microsoft Corporation|16.0.10406.20006|s
Microsoft OneDrive|Microsoft Corporation|24.005.0107.0002|f
Microsoft Power BI Desktop (x64)|Microsoft Corporation|2.125.1152.0|f
Microsoft Silverlight|Microsoft Corporation|5.1.50918.0|n
Microsoft SQL Server 2019 (64-bit)|Microsoft Corporation|15.0.2000.5|n
Microsoft SQL Server Management Studio - 19.3|Microsoft Corporation|19.3.4.0|s
Microsoft Teams classic|Microsoft Corporation|1.7.00.1864|f
Microsoft Update Health Tools|Microsoft Corporation|5.72.0.0|s
Microsoft Visio Professional 2019 - fr-fr|Microsoft Corporation|16.0.10406.20006|s
Microsoft Visual Studio Code|Microsoft Corporation|1.86.0|f
Microsoft Visual Studio Installer|Microsoft Corporation|3.8.2112.61926|f
Mozilla Firefox (x64 fr)|Mozilla|121.0|f
Mozilla Firefox ESR (x64 en-US)|Mozilla|115.6.0|f
Mozilla Maintenance Service|Mozilla|121.0|f
Mozilla Thunderbird (x64 fr)|Mozilla|115.6.1|f
Node.js|Node.js Foundation|20.11.0|f
Notepad++ (64-bit x64)|Notepad++ Team|8.6.2|f
NVIDIA Graphics Driver|NVIDIA Corporation|546.33|f
NVIDIA HD Audio Driver|NVIDIA Corporation|1.3.40.14|s
OBS Studio|OBS Project|30.0.2|s
OpenVPN Connect|OpenVPN Inc.|3.4.2.3160|s
OpenVPN {}|OpenVPN, Inc.|2.6.8|s
Oracle VM VirtualBox {}|Oracle and/or its affiliates|7.0.14|s
PDF24 Creator|geek software GmbH|11.15.2|f
PDFCreator|Avanquest pdfforge GmbH|5.1.2|s
Paint.NET|dotPDN LLC|5.0.12|s
PuTTY release {} (64-bit)|Simon Tatham|0.80|s
PyCharm Community Edition 2023.3|JetBrains s.r.o.|233.11799.298|f
Python 3.11.7 (64-bit)|Python Software Foundation|3.11.7150.0|s
Python Launcher|Python Software Foundation|3.12.1150.0|s
QGIS {}|QGIS Development Team|3.34.3|f
R for Windows {}|R Core Team|4.3.2|s
RStudio|Posit Software|2023.12.0+369|s
Realtek Audio Driver|Realtek Semiconductor Corp.|6.0.9285.1|s
SAP GUI for Windows 7.70|SAP SE|7.70|s
Sage 100 Comptabilité|Sage|9.00|s
Sentinel Agent|SentinelOne|23.2.3.358|f
Signal {}|Signal Messenger, LLC|6.44.0|f
Skype version {}|Skype Technologies S.A.|8.110|f
Slack|Slack Technologies Inc.|4.36.136|f
Sophos Endpoint Agent|Sophos Limited|2023.2.1.6|f
TeamViewer|TeamViewer|15.49.3|f
TortoiseGit {} (64 bit)|TortoiseGit|2.15.0.0|s
TortoiseSVN {} (64 bit)|TortoiseSVN|1.14.29565|s
TreeSize Free V4.7|JAM Software|4.7.1|s
VLC media player|VideoLAN|3.0.20|s
VMware Tools|VMware, Inc.|12.3.5.22544099|s
VMware Workstation|VMware, Inc.|17.5.0|s
Veeam Agent for Microsoft Windows|Veeam Software Group GmbH|6.1.0.349|s
Webex|Cisco Systems, Inc|44.1.0.28423|f
WinDirStat 1.1.2|WDS Team|1.1.2|n
WinMerge {} x64|Thingamahoochie Software|2.16.36|s
WinRAR {} (64-bit)|win.rar GmbH|6.24.0|s
WinSCP {}|Martin Prikryl|6.1.2|s
Windows PC Health Check|Microsoft Corporation|3.7.2204.15001|n
Windows SDK AddOn|Microsoft Corporation|10.1.0.0|n
Wireshark {} x64|The Wireshark developer community|4.2.2|f
XnView {}|Gougelet Pierre-e|2.51.6|s
Zoom Workplace (64-bit)|Zoom Video Communications, Inc.|5.17.5|f
Zabbix Agent 2 (64-bit)|Zabbix SIA|6.4.10.2400|s
draw.io {}|JGraph|22.1.22|f
iTunes|Apple Inc.|12.13.1.3|s
ownCloud Desktop|ownCloud GmbH|5.2.1|s
Nextcloud Desktop|Nextcloud GmbH|3.11.1|f
UltraVNC|uvnc bvba|1.4.3.6|s
TightVNC|GlavSoft LLC.|2.8.81.0|n
GLPI Agent {}|Teclib'|1.7.0|s
Hyper-V Integration Services|Microsoft Corporation|10.0.17763|n
ESET Endpoint Antivirus|ESET, spol. s r.o.|11.0.2032.0|s
Trend Micro Apex One Security Agent|Trend Micro Inc.|14.0.12902|s
Bitdefender Endpoint Security Tools|Bitdefender|7.9.7.336|f
Symantec Endpoint Protection|Broadcom|14.3.10148.8000|s";

/// Parts of suites that each install as a package: publisher `Microsoft Corporation`.
pub(super) const SUITE_PARTS: &str = "\
Access|Excel|Groove|InfoPath|Lync|OneNote|Outlook|PowerPoint|Publisher|Word|DCF|OSM|OSM UX|Proof|Proofing|Shared \
Setup Metadata|Shared|Office 32-bit Components|Visio|Project";

/// Runtimes, each with an architecture.
pub(super) const RUNTIMES: &str = "\
Microsoft Visual C++ 2005 Redistributable|8.0.61000
Microsoft Visual C++ 2008 Redistributable|9.0.30729.6161
Microsoft Visual C++ 2010 Redistributable|10.0.40219
Microsoft Visual C++ 2012 Redistributable|11.0.61030.0
Microsoft Visual C++ 2012 Additional Runtime|11.0.61030
Microsoft Visual C++ 2012 Minimum Runtime|11.0.61030
Microsoft Visual C++ 2013 Redistributable|12.0.40664.0
Microsoft Visual C++ 2013 Additional Runtime|12.0.40664
Microsoft Visual C++ 2013 Minimum Runtime|12.0.40664
Microsoft Visual C++ 2015-2022 Redistributable|14.38.33130.0
Microsoft Visual C++ 2022 Additional Runtime|14.38.33130
Microsoft Visual C++ 2022 Minimum Runtime|14.38.33130
Microsoft .NET Runtime - 6.0.26|48.104.5721
Microsoft .NET Runtime - 8.0.1|64.4.26017
Microsoft .NET Host - 8.0.1|64.4.26017
Microsoft .NET Host FX Resolver - 8.0.1|64.4.26017
Microsoft Windows Desktop Runtime - 6.0.26|48.104.5724
Microsoft Windows Desktop Runtime - 8.0.1|64.4.26022
Microsoft ASP.NET Core 6.0.26 Shared Framework|6.0.26.23605
Microsoft ASP.NET Core 8.0.1 Shared Framework|8.0.1.23580
Microsoft .NET Framework 4.8 Multi-Targeting Pack|4.8.03761
Microsoft .NET SDK 8.0.101|8.1.124.56211
Microsoft .NET Toolset 8.0.101|32.4.26017
Microsoft .NET AppHost Pack - 8.0.1|64.4.26017
Microsoft .NET Targeting Pack - 8.0.1|64.4.26017
Windows Software Development Kit - Windows 10.0.22621.2428|10.1.22621.2428
Universal CRT Redistributable|10.1.22621.2428
Universal CRT Extension SDK|10.1.22621.2428
Windows App Certification Kit|10.1.22621.2428
Windows Desktop Extension SDK|10.1.22621.2428
Windows IoT Extension SDK|10.1.22621.2428
Windows Mobile Extension SDK|10.1.22621.2428
Windows Team Extension SDK|10.1.22621.2428
WinRT Intellisense Desktop - en-us|10.1.22621.2428
WinRT Intellisense UAP - en-us|10.1.22621.2428
vs_communitymsi|17.8.34330
vs_minshellmsi|17.8.34330
vs_filehandler|17.8.34330
vs_devenvmsi|17.8.34330
vs_clickoncebootstrappermsi|17.8.34330
Microsoft TestPlatform SDK Local Feed|17.8.0.3585904
icecap_collection|17.8.34129
DiagnosticsHub_CollectionService|17.8.34129
ClickOnce Bootstrapper Package for Microsoft .NET Framework|4.8.09037
SQL Server 2019 Common Files|15.0.2000.5
SQL Server 2019 Database Engine Services|15.0.2000.5
SQL Server 2019 Database Engine Shared|15.0.2000.5
SQL Server 2019 DMF|15.0.2000.5
SQL Server 2019 Shared Management Objects|15.0.2000.5
SQL Server 2019 SQL Diagnostics|15.0.2000.5
SQL Server 2019 XEvent|15.0.2000.5
Browser for SQL Server 2019|15.0.2000.5
Microsoft SQL Server 2012 Native Client|11.4.7001.0
Microsoft SQL Server 2019 RsFx Driver|15.0.4298.1
Microsoft VSS Writer for SQL Server 2019|15.0.2000.5
Integration Services|16.0.5397.1";

/// Packages of the store.
pub(super) const STORE: &str = "\
549981C3F5F10 AAD.BrokerPlugin AccountsControl AppRep.ChxApp AsyncTextService BingNews BingWeather BioEnrollment \
CapturePicker CloudExperienceHost Clipchamp ContentDeliveryManager CredDialogHost DesktopAppInstaller ECApp GamingApp \
GetHelp Getstarted HEIFImageExtension HEVCVideoExtension LockApp LanguageExperiencePackfr-FR MPEG2VideoExtension \
MicrosoftEdge.Stable MicrosoftEdgeDevToolsClient MicrosoftOfficeHub MicrosoftSolitaireCollection MicrosoftStickyNotes \
MixedReality.Portal NET.Native.Framework.1.7 NET.Native.Framework.2.2 NET.Native.Runtime.1.7 NET.Native.Runtime.2.2 \
OneDriveSync OutlookForWindows Paint People PowerAutomateDesktop QuickAssist RawImageExtension ScreenSketch \
SecHealthUI Services.Store.Engagement SkypeApp StorePurchaseApp Todos UI.Xaml.2.0 UI.Xaml.2.1 UI.Xaml.2.3 UI.Xaml.2.4 \
UI.Xaml.2.7 UI.Xaml.2.8 UI.Xaml.CBS VCLibs.140.00 VCLibs.140.00.UWPDesktop VP9VideoExtensions Wallet \
WebMediaExtensions WebpImageExtension Win32WebViewHost WinAppRuntime.CBS Windows.Photos \
Windows.Apprep Windows.AssignedAccessLockApp Windows.CallingShellApp Windows.CapturePicker Windows.Client.WebExperience \
Windows.ContentDeliveryManager Windows.DevHome Windows.NarratorQuickStart Windows.OOBENetworkCaptivePortal \
Windows.OOBENetworkConnectionFlow Windows.ParentalControls Windows.PeopleExperienceHost Windows.PinningConfirmationDialog \
Windows.PrintQueueActionCenter Windows.SecureAssessmentBrowser Windows.ShellExperienceHost \
Windows.StartMenuExperienceHost Windows.Terminal Windows.XGpuEjectDialog WindowsAlarms WindowsAppRuntime.1.2 \
WindowsAppRuntime.1.3 WindowsAppRuntime.1.4 WindowsCalculator WindowsCamera WindowsFeedbackHub WindowsMaps \
WindowsNotepad WindowsSoundRecorder WindowsStore WindowsTerminal Xbox.TCUI XboxGameCallableUI XboxGameOverlay \
XboxGamingOverlay XboxIdentityProvider XboxSpeechToTextOverlay YourPhone ZuneMusic ZuneVideo windowscommunicationsapps";

/// Driver packages: vendor and devices.
pub(super) const DRIVERS: &str = "\
Intel Corporation|Chipset Device,Management Engine Interface,Serial IO GPIO Host Controller,Serial IO I2C Host \
Controller,Serial IO UART Host Controller,SMBus,Thermal Subsystem,Dynamic Platform and Thermal Framework,Graphics \
Control Panel,Iris Xe Graphics,UHD Graphics,Smart Sound Technology BUS,Smart Sound Technology OED,Wi-Fi 6 AX201,Wi-Fi \
6E AX211,Wireless Bluetooth,Ethernet Connection I219-LM,Ethernet Connection I219-V,Rapid Storage Technology,Optane \
Memory Pinning,Platform Monitoring Technology,PEP Driver,Icls Client,DAL Host Interface,HID Event Filter,Software \
Guard Extensions,Shared SRAM,SPI Flash Controller,PCI Express Root Port,Host Bridge,LPC Controller,Gaussian Mixture \
Model,Integrated Sensor Solution,USB 3.20 eXtensible Host Controller,Thunderbolt Controller,Volume Management Device
Realtek|High Definition Audio,USB GbE Family Controller,PCIe GbE Family Controller,Audio Effects Component,Audio Universal \
Service,Hardware Support Application,PCIE CardReader,USB Audio,8822CE Wireless LAN,Bluetooth Adapter
NVIDIA|GeForce,Quadro,Virtual Audio Device,High Definition Audio,USB Type-C Port Policy Controller,Platform Controllers \
and Framework
Advanced Micro Devices, Inc.|Radeon Graphics,PSP Device,SMBus,GPIO Controller,I2C Controller,Processor Power \
Management,High Definition Audio Controller,PCI Encryption Controller,Ryzen Chipset,Crash Defender
Synaptics|Touch Device,Pointing Device,Fingerprint Reader,ClickPad,Docking Station Display
DisplayLink Corp.|USB Display Adapter,USB Audio,Network Adapter
HP|Print Universal Driver,LaserJet MFP,OfficeJet Pro,Scan Driver,Hotkey Support,Application Enabling Software,Wireless \
Button,Monitor Driver,Audio Switch
Dell|Touchpad,Wireless Radio Control,Monitor Driver,Instrumentation Driver,Free Fall Data Protection,Firmware
Lenovo|Power Management,Monitor Driver,Hotkey Features,ThinkPad Dock,Firmware,Intelligent Sensing
Canon|Generic Plus PCL6,Generic Plus UFR II,iR-ADV Scan,Inkjet Printer
Xerox|Global Print Driver PCL6,VersaLink,WorkCentre Scan
Ricoh|PCL6 Driver for Universal Print,PS Driver for Universal Print,LAN-Fax Generic
Brother|Universal Printer,MFC Scanner,Label Printer
Logitech|HID Mouse,HID Keyboard,Webcam,Unifying Receiver,Gaming Virtual Bus
Microsoft|Print to PDF,Software Printer,Remote Desktop Easy Print,XPS Document Writer,Hyper-V Virtual Machine Bus,Basic \
Display,Storage Spaces Controller,USB Video Device,Virtual WiFi Miniport,Kernel Debug Network Adapter";

/// Services: `name|display name|start`.
pub(super) const SERVICES: &str = "\
AJRouter|AllJoyn Router Service|manual
ALG|Application Layer Gateway Service|manual
AppIDSvc|Application Identity|manual
Appinfo|Application Information|manual
AppMgmt|Application Management|manual
AppReadiness|App Readiness|manual
AppXSvc|AppX Deployment Service (AppXSVC)|manual
AudioEndpointBuilder|Windows Audio Endpoint Builder|automatic
Audiosrv|Windows Audio|automatic
autotimesvc|Cellular Time|manual
AxInstSV|ActiveX Installer (AxInstSV)|manual
BDESVC|BitLocker Drive Encryption Service|manual
BFE|Base Filtering Engine|automatic
BITS|Background Intelligent Transfer Service|automatic
BrokerInfrastructure|Background Tasks Infrastructure Service|automatic
BTAGService|Bluetooth Audio Gateway Service|manual
BthAvctpSvc|AVCTP service|manual
bthserv|Bluetooth Support Service|manual
camsvc|Capability Access Manager Service|manual
CDPSvc|Connected Devices Platform Service|automatic
CertPropSvc|Certificate Propagation|manual
ClipSVC|Client License Service (ClipSVC)|manual
COMSysApp|COM+ System Application|manual
CoreMessagingRegistrar|CoreMessaging|automatic
CryptSvc|Cryptographic Services|automatic
CscService|Offline Files|manual
DcomLaunch|DCOM Server Process Launcher|automatic
defragsvc|Optimize drives|manual
DeviceAssociationService|Device Association Service|automatic
DeviceInstall|Device Install Service|manual
DevQueryBroker|DevQuery Background Discovery Broker|manual
Dhcp|DHCP Client|automatic
diagsvc|Diagnostic Execution Service|manual
DiagTrack|Connected User Experiences and Telemetry|automatic
DispBrokerDesktopSvc|Display Policy Service|automatic
DisplayEnhancementService|Display Enhancement Service|manual
DmEnrollmentSvc|Device Management Enrollment Service|manual
dmwappushservice|Device Management Wireless Application Protocol (WAP) Push message Routing Service|manual
Dnscache|DNS Client|automatic
DoSvc|Delivery Optimization|automatic
dot3svc|Wired AutoConfig|manual
DPS|Diagnostic Policy Service|automatic
DsmSvc|Device Setup Manager|manual
DsSvc|Data Sharing Service|manual
DusmSvc|Data Usage|automatic
Eaphost|Extensible Authentication Protocol|manual
EFS|Encrypting File System (EFS)|manual
embeddedmode|Embedded Mode|manual
EntAppSvc|Enterprise App Management Service|manual
EventLog|Windows Event Log|automatic
EventSystem|COM+ Event System|automatic
Fax|Fax|manual
fdPHost|Function Discovery Provider Host|manual
FDResPub|Function Discovery Resource Publication|manual
fhsvc|File History Service|manual
FontCache|Windows Font Cache Service|automatic
FrameServer|Windows Camera Frame Server|manual
gpsvc|Group Policy Client|automatic
GraphicsPerfSvc|GraphicsPerfSvc|manual
hidserv|Human Interface Device Service|manual
HvHost|HV Host Service|manual
icssvc|Windows Mobile Hotspot Service|manual
IKEEXT|IKE and AuthIP IPsec Keying Modules|automatic
InstallService|Microsoft Store Install Service|manual
iphlpsvc|IP Helper|automatic
IpxlatCfgSvc|IP Translation Configuration Service|manual
KeyIso|CNG Key Isolation|manual
KtmRm|KtmRm for Distributed Transaction Coordinator|manual
LanmanServer|Server|automatic
LanmanWorkstation|Workstation|automatic
lfsvc|Geolocation Service|manual
LicenseManager|Windows License Manager Service|manual
lltdsvc|Link-Layer Topology Discovery Mapper|manual
lmhosts|TCP/IP NetBIOS Helper|manual
LSM|Local Session Manager|automatic
LxpSvc|Language Experience Service|manual
MapsBroker|Downloaded Maps Manager|automatic
McpManagementService|McpManagementService|manual
mpssvc|Windows Defender Firewall|automatic
MSDTC|Distributed Transaction Coordinator|manual
MSiSCSI|Microsoft iSCSI Initiator Service|manual
msiserver|Windows Installer|manual
NaturalAuthentication|Natural Authentication|manual
NcaSvc|Network Connectivity Assistant|manual
NcbService|Network Connection Broker|manual
NcdAutoSetup|Network Connected Devices Auto-Setup|manual
Netlogon|Netlogon|automatic
Netman|Network Connections|manual
netprofm|Network List Service|manual
NetSetupSvc|Network Setup Service|manual
NetTcpPortSharing|Net.Tcp Port Sharing Service|disabled
NgcCtnrSvc|Microsoft Passport Container|manual
NgcSvc|Microsoft Passport|manual
NlaSvc|Network Location Awareness|automatic
nsi|Network Store Interface Service|automatic
p2pimsvc|Peer Networking Identity Manager|manual
p2psvc|Peer Networking Grouping|manual
PcaSvc|Program Compatibility Assistant Service|automatic
PerfHost|Performance Counter DLL Host|manual
PhoneSvc|Phone Service|manual
pla|Performance Logs & Alerts|manual
PlugPlay|Plug and Play|manual
PNRPAutoReg|PNRP Machine Name Publication Service|manual
PNRPsvc|Peer Name Resolution Protocol|manual
PolicyAgent|IPsec Policy Agent|manual
Power|Power|automatic
PrintNotify|Printer Extensions and Notifications|manual
ProfSvc|User Profile Service|automatic
PushToInstall|Windows PushToInstall Service|manual
QWAVE|Quality Windows Audio Video Experience|manual
RasAuto|Remote Access Auto Connection Manager|manual
RasMan|Remote Access Connection Manager|automatic
RemoteAccess|Routing and Remote Access|disabled
RemoteRegistry|Remote Registry|disabled
RetailDemo|Retail Demo Service|manual
RmSvc|Radio Management Service|manual
RpcEptMapper|RPC Endpoint Mapper|automatic
RpcLocator|Remote Procedure Call (RPC) Locator|manual
RpcSs|Remote Procedure Call (RPC)|automatic
SamSs|Security Accounts Manager|automatic
SCardSvr|Smart Card|manual
ScDeviceEnum|Smart Card Device Enumeration Service|manual
Schedule|Task Scheduler|automatic
SCPolicySvc|Smart Card Removal Policy|manual
SDRSVC|Windows Backup|manual
seclogon|Secondary Logon|manual
SecurityHealthService|Windows Security Service|manual
SEMgrSvc|Payments and NFC/SE Manager|manual
SENS|System Event Notification Service|automatic
Sense|Windows Defender Advanced Threat Protection Service|manual
SensorDataService|Sensor Data Service|manual
SensorService|Sensor Service|manual
SensrSvc|Sensor Monitoring Service|manual
SessionEnv|Remote Desktop Configuration|manual
SgrmBroker|System Guard Runtime Monitor Broker|automatic
SharedAccess|Internet Connection Sharing (ICS)|manual
SharedRealitySvc|Spatial Data Service|manual
ShellHWDetection|Shell Hardware Detection|automatic
shpamsvc|Shared PC Account Manager|disabled
smphost|Microsoft Storage Spaces SMP|manual
SmsRouter|Microsoft Windows SMS Router Service.|manual
SNMPTRAP|SNMP Trap|manual
spectrum|Windows Perception Service|manual
Spooler|Print Spooler|automatic
sppsvc|Software Protection|automatic
SSDPSRV|SSDP Discovery|manual
ssh-agent|OpenSSH Authentication Agent|disabled
SstpSvc|Secure Socket Tunneling Protocol Service|manual
StateRepository|State Repository Service|manual
StiSvc|Windows Image Acquisition (WIA)|automatic
StorSvc|Storage Service|automatic
svsvc|Spot Verifier|manual
swprv|Microsoft Software Shadow Copy Provider|manual
SysMain|SysMain|automatic
SystemEventsBroker|System Events Broker|automatic
TabletInputService|Touch Keyboard and Handwriting Panel Service|manual
TapiSrv|Telephony|manual
TermService|Remote Desktop Services|manual
Themes|Themes|automatic
TieringEngineService|Storage Tiers Management|manual
TimeBrokerSvc|Time Broker|manual
TokenBroker|Web Account Manager|manual
TrkWks|Distributed Link Tracking Client|automatic
TroubleshootingSvc|Recommended Troubleshooting Service|manual
TrustedInstaller|Windows Modules Installer|manual
tzautoupdate|Auto Time Zone Updater|disabled
UevAgentService|User Experience Virtualization Service|disabled
UmRdpService|Remote Desktop Services UserMode Port Redirector|manual
upnphost|UPnP Device Host|manual
UserManager|User Manager|automatic
UsoSvc|Update Orchestrator Service|automatic
VacSvc|Volumetric Audio Compositor Service|manual
VaultSvc|Credential Manager|manual
vds|Virtual Disk|manual
vmicguestinterface|Hyper-V Guest Service Interface|manual
vmicheartbeat|Hyper-V Heartbeat Service|manual
vmickvpexchange|Hyper-V Data Exchange Service|manual
vmicrdv|Hyper-V Remote Desktop Virtualization Service|manual
vmicshutdown|Hyper-V Guest Shutdown Service|manual
vmictimesync|Hyper-V Time Synchronization Service|manual
vmicvmsession|Hyper-V PowerShell Direct Service|manual
vmicvss|Hyper-V Volume Shadow Copy Requestor|manual
VSS|Volume Shadow Copy|manual
W32Time|Windows Time|manual
WaaSMedicSvc|Windows Update Medic Service|manual
WalletService|WalletService|manual
WarpJITSvc|WarpJITSvc|manual
wbengine|Block Level Backup Engine Service|manual
WbioSrvc|Windows Biometric Service|automatic
Wcmsvc|Windows Connection Manager|automatic
wcncsvc|Windows Connect Now - Config Registrar|manual
WdiServiceHost|Diagnostic Service Host|manual
WdiSystemHost|Diagnostic System Host|manual
WdNisSvc|Microsoft Defender Antivirus Network Inspection Service|manual
WebClient|WebClient|manual
Wecsvc|Windows Event Collector|manual
WEPHOSTSVC|Windows Encryption Provider Host Service|manual
wercplsupport|Problem Reports Control Panel Support|manual
WerSvc|Windows Error Reporting Service|manual
WFDSConMgrSvc|Wi-Fi Direct Services Connection Manager Service|manual
WiaRpc|Still Image Acquisition Events|manual
WinDefend|Microsoft Defender Antivirus Service|automatic
WinHttpAutoProxySvc|WinHTTP Web Proxy Auto-Discovery Service|manual
Winmgmt|Windows Management Instrumentation|automatic
WinRM|Windows Remote Management (WS-Management)|manual
wisvc|Windows Insider Service|manual
WlanSvc|WLAN AutoConfig|automatic
wlidsvc|Microsoft Account Sign-in Assistant|manual
wlpasvc|Local Profile Assistant Service|manual
WManSvc|Windows Management Service|manual
wmiApSrv|WMI Performance Adapter|manual
WMPNetworkSvc|Windows Media Player Network Sharing Service|manual
workfolderssvc|Work Folders|manual
WPDBusEnum|Portable Device Enumerator Service|manual
WpnService|Windows Push Notifications System Service|automatic
wscsvc|Security Center|automatic
WSearch|Windows Search|automatic
wuauserv|Windows Update|manual
WwanSvc|WWAN AutoConfig|manual
XblAuthManager|Xbox Live Auth Manager|manual
XblGameSave|Xbox Live Game Save|manual
XboxGipSvc|Xbox Accessory Management Service|manual
XboxNetApiSvc|Xbox Live Networking Service|manual";
