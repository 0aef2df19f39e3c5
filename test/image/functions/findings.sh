# What a function finds out about its container, as JSON; for any shell. $tool comes before each program: "" or busybox.
can() { if "$@" >/dev/null 2>&1; then echo true; else echo false; fi; }
findings() {
  echo "{\"event\":$1,\"user\":$($tool id -u),\"libraryPath\":\"$LD_LIBRARY_PATH\"," \
    "\"writesRoot\":$(can $tool touch /probe)," \
    "\"writesWorker\":$(can $tool touch /opt/loveless/probe)," \
    "\"writesTmp\":$(can $tool touch /tmp/probe)," \
    "\"removesMarker\":$(can $tool rm /tmp/.loveless-scratch)," \
    "\"readsLoader\":$(can $tool cat /opt/loveless/loader)," \
    "\"readsWorkersEnvironment\":$(can $tool cat /proc/$PPID/environ)," \
    "\"nodeStartsAlone\":$(can /opt/loveless/node --version)}"
}
