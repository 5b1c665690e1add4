#include "engine/backend/backend.h"

namespace fxs {

const char* stageName(Stage stage) {
    switch (stage) {
    case Stage::correlate:
        return "Correlation";
    case Stage::filter:
        return "Coefficients";
    case Stage::reconstruct:
        return "Density";
    }
    return "unknown";
}

const char* jobStateName(JobState state) {
    switch (state) {
    case JobState::queued:
        return "queued";
    case JobState::running:
        return "running";
    case JobState::stopping:
        return "stopping";
    case JobState::done:
        return "done";
    case JobState::failed:
        return "failed";
    case JobState::stopped:
        return "stopped";
    case JobState::unknown:
        break;
    }
    return "unknown";
}

} // namespace fxs
