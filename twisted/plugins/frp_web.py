from frp.interfaces import IAdminPartKind, IDashboardPartKind
from frp.plugin import Contribution

_COMMON = "the list of all that is served, OpenAPI, /healthz"
_PROFILES = "webServer.pprofEnable: what the process is doing"

dashboardCommon = Contribution(IDashboardPartKind, "common", _COMMON, "frp.web.common.Common")
dashboardProfiles = Contribution(
    IDashboardPartKind, "profiles", _PROFILES, "frp.web.profiles.part.Profiles", onlyWith="webServer.pprofEnable"
)
dashboardPages = Contribution(IDashboardPartKind, "pages", "pages for browsers", "frp.web.pages.part.DashboardPages")
dashboardFirst = Contribution(
    IDashboardPartKind, "api", "clients and proxies, and what they carry", "frp.web.dashboard.first.FirstAPI"
)
dashboardSecond = Contribution(
    IDashboardPartKind, "api2", "the same in pages, and what happens", "frp.web.dashboard.second.part.SecondAPI"
)
prometheus = Contribution(
    IDashboardPartKind,
    "metrics",
    "enablePrometheus: numbers for Prometheus",
    "frp.web.dashboard.metrics.Prometheus",
    onlyWith="enablePrometheus",
)
adminCommon = Contribution(IAdminPartKind, "common", _COMMON, "frp.web.common.Common")
adminProfiles = Contribution(
    IAdminPartKind, "profiles", _PROFILES, "frp.web.profiles.part.Profiles", onlyWith="webServer.pprofEnable"
)
adminPages = Contribution(IAdminPartKind, "pages", "pages for browsers", "frp.web.pages.part.AdminPages")
adminFirst = Contribution(IAdminPartKind, "api", "what the proxies do, reload and stop", "frp.web.admin.first.FirstAPI")
adminRequests = Contribution(
    IAdminPartKind, "requests", "requests that the inspector has kept", "frp.web.admin.requests.Requests"
)
adminSecond = Contribution(
    IAdminPartKind, "api2", "visitors, schemas, checks, and what happens", "frp.web.admin.second.SecondAPI"
)
store = Contribution(
    IAdminPartKind,
    "store",
    "store.path: proxies and visitors that are made while frpc runs",
    "frp.web.admin.store.StoreAPI",
    onlyWith="store.path",
)
adminMetrics = Contribution(
    IAdminPartKind,
    "metrics",
    "enablePrometheus: numbers for Prometheus",
    "frp.web.admin.metrics.Prometheus",
    onlyWith="enablePrometheus",
)
