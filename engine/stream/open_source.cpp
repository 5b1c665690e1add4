#include "engine/stream/open_source.h"

#include "engine/io/run_reader.h"
#include "engine/stream/growing_run.h"
#include "engine/stream/live_run.h"

#include <fmt/format.h>

#include <algorithm>

namespace fxs {

std::unique_ptr<RunSource> openSource(const std::vector<std::string>& inputs, const InputSettings& input,
                                      const StreamSettings& stream, const TaskContext& task) {
    const auto address = std::ranges::find_if(inputs, &isStreamAddress);
    if (address == inputs.end() && stream.follow)
        return std::make_unique<GrowingRun>(inputs, stream, input, task);
    if (address == inputs.end())
        return openRun(inputs, input, task);
    if (inputs.size() > 1)
        throw Error(ErrorCode::badSettings,
                    fmt::format("{} is a live stream; it is analysed by itself, not with {} other inputs", *address,
                                inputs.size() - 1));
    return std::make_unique<LiveRun>(*address, stream, input, task);
}

} // namespace fxs
