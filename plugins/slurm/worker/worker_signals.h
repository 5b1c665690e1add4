#pragma once

namespace fxs::worker {

/// Notes SIGTERM, SIGINT and SIGUSR2 (stop and keep) and SIGUSR1 (finish now). To be called before threads begin.
void watchSignals();
/// Whether one came since it was asked last.
bool takeStopSignal() noexcept;
bool takeFinishSignal() noexcept;

} // namespace fxs::worker
