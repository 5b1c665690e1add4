#include "engine/stream/replay.h"

#include "engine/core/whole_file.h"
#include "engine/io/frame_run.h"
#include "engine/io/polar_run.h"
#include "engine/io/run_geometry.h"
#include "engine/stream/frame_pack.h"
#include "engine/stream/invalid_values.h"
#include "engine/stream/karabo.h"

#include <fmt/format.h>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <numeric>
#include <stdlib.h> // mkdtemp

namespace fxs {

namespace {

using Clock = std::chrono::steady_clock;

template <class T>
StreamArray arrayOf(const char* path, ElementType type, std::vector<std::size_t> shape,
                    std::shared_ptr<const T> values) {
    return {replayed::kSource,
            path,
            type,
            std::move(shape),
            std::as_bytes(std::span(values->data(), values->size())),
            values};
}

StreamArray copyOf(const char* path, std::vector<double> values) {
    const std::size_t n = values.size();
    return arrayOf(path, ElementType::float64, {n}, std::make_shared<const std::vector<double>>(std::move(values)));
}

/// What receivers must know beside the images, so that the run means the same to them.
void describeRun(const RunInfo& run, StreamMessage& message) {
    const auto number = [&](const char* path, double value) {
        message.values.push_back({replayed::kSource, path, value});
    };
    if (run.experiment.wavelengthKnown)
        number(replayed::kWavelength, run.experiment.wavelengthAngstrom);
    number(replayed::kPhotonsPerUnit, run.experiment.photonsPerUnit);
    if (run.experiment.particlesKnown)
        number(replayed::kParticles, run.experiment.particlesPerShot);
    number(replayed::kPolarityAlong, run.experiment.polarity == Polarity::along ? 1 : 0);
    if (run.distanceMetre)
        number(replayed::kDistance, *run.distanceMetre);
    if (run.pixelSizeMetre)
        number(replayed::kPixelSize, *run.pixelSizeMetre);
    if (run.centrePixel)
        message.arrays.push_back(copyOf(replayed::kCentre, {(*run.centrePixel)[0], (*run.centrePixel)[1]}));
    if (run.polarGrid)
        message.arrays.push_back(copyOf(replayed::kQ, run.polarGrid->q));
    if (!run.polarMask.empty())
        message.arrays.push_back(arrayOf(replayed::kMask, ElementType::uint8,
                                         {run.polarMask.extent(0), run.polarMask.extent(1)},
                                         std::make_shared<const Array<std::uint8_t, 2>>(run.polarMask.clone())));
    if (!run.noiseRatio.empty())
        message.arrays.push_back(arrayOf(replayed::kNoiseRatio, ElementType::float64,
                                         {run.noiseRatio.extent(0), run.noiseRatio.extent(1)},
                                         std::make_shared<const Array<double, 2>>(run.noiseRatio.clone())));
}

void addImages(RunSource& run, std::uint64_t first, std::size_t count, StreamMessage& message,
               const TaskContext& task) {
    if (run.isPolar()) {
        PolarBatch batch = run.readPolar(first, count, task);
        markInvalid(batch.mask, batch.intensity);
        const auto values = std::make_shared<const Array<float, 3>>(std::move(batch.intensity));
        const auto& shape = values->shape();
        message.arrays.push_back(
            arrayOf(replayed::kImages, ElementType::float32, {shape.begin(), shape.end()}, values));
    } else {
        FrameBatch batch = run.readFrames(first, count, task);
        markInvalid(batch.mask, batch.data);
        const auto values = std::make_shared<const Array<float, 4>>(std::move(batch.data));
        const auto& shape = values->shape();
        message.arrays.push_back(
            arrayOf(replayed::kImages, ElementType::float32, {shape.begin(), shape.end()}, values));
    }
}

/// A folder that is removed with all that is in it.
class TemporaryFolder {
public:
    TemporaryFolder() {
        std::string name = (std::filesystem::temp_directory_path() / "fxs-replay-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr)
            throw Error(ErrorCode::io, fmt::format("{}: no temporary folder can be made", name));
        m_path = name;
    }
    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(m_path, ignored);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    std::string path(const char* name) const { return (m_path / name).string(); }

private:
    std::filesystem::path m_path;
};

MessagePart fileAsPart(const std::string& path) {
    const auto bytes = std::make_shared<const std::string>(readWholeFile(path));
    return {bytes, std::as_bytes(std::span(*bytes))};
}

/// A whole file of the frames, written by our own writers. Empty at the end of the run.
std::vector<MessagePart> fileMessage(RunSource& run, std::uint64_t first, std::size_t count, const TaskContext& task) {
    const TemporaryFolder folder;
    const std::string path = folder.path("frames.h5");
    const RunInfo& info = run.info();
    if (run.isPolar()) {
        PolarBatch batch = run.readPolar(first, count, task);
        if (batch.frameCount() == 0)
            return {};
        PolarRunHeader header;
        header.grid = *info.polarGrid;
        header.experiment = info.experiment;
        header.mask = info.polarMask.clone();
        PolarRunWriter writer(path, std::move(header));
        writer.append(batch);
        writer.finish();
    } else {
        FrameBatch batch = run.readFrames(first, count, task);
        if (batch.frameCount() == 0)
            return {};
        FrameRunHeader header;
        header.geometry = geometryOf(info, {});
        header.experiment = info.experiment;
        header.mask = info.frameMask.clone();
        FrameRunWriter writer(path, std::move(header));
        writer.append(batch);
        writer.finish();
    }
    return {fileAsPart(path)};
}

/// Sleeps until a time, or until a stop is asked for.
void waitUntil(Clock::time_point time, const TaskContext& task) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    never.wait_until(lock, task.stop, time, [] { return false; });
    task.checkpoint();
}

} // namespace

const SettingsDescription<ReplaySettings>& ReplaySettings::description() {
    using S = ReplaySettings;
    static const auto d =
        SettingsDescription<S>("replay", "Replay")
            .add(&S::socket, {.key = "socket",
                              .label = "Socket",
                              .help = "What receivers use: request (REQ), subscribe (SUB) or pull (PULL).",
                              .type = SettingType::choice,
                              .choices = {"request", "subscribe", "pull"}})
            .add(&S::protocol,
                 {.key = "protocol",
                  .label = "Protocol",
                  .help = "karabo: version 2.2 of the Karabo bridge; karabo-1.0: its first version; hdf5: "
                          "each message is a whole HDF5 file.",
                  .type = SettingType::choice,
                  .choices = {"karabo", "karabo-1.0", "hdf5"}})
            .add(&S::rate, {.key = "rate",
                            .label = "Rate",
                            .unit = "frames/s",
                            .help = "0: as fast as receivers take them.",
                            .minimum = 0})
            .add(&S::framesPerMessage, {.key = "frames-per-message",
                                        .label = "Frames a message",
                                        .help = "As many pulses as a train has, where it is to look like one.",
                                        .minimum = 1,
                                        .maximum = 100000})
            .add(&S::loop, {.key = "loop", .label = "Loop", .help = "Begin again at the end, until it is stopped."});
    return d;
}

std::vector<Problem> ReplaySettings::validate() const {
    return description().check(*this);
}

SocketKind ReplaySettings::receivers() const {
    return socket == "subscribe" ? SocketKind::subscribe : socket == "pull" ? SocketKind::pull : SocketKind::request;
}

std::vector<MessagePart> replayMessage(RunSource& run, std::uint64_t first, std::size_t count, std::uint64_t index,
                                       const ReplaySettings& settings, const TaskContext& task) {
    if (settings.protocol == "hdf5")
        return fileMessage(run, first, count, task);
    StreamMessage message;
    addImages(run, first, count, message, task);
    const std::size_t frames = message.arrays.front().shape.front();
    if (frames == 0)
        return {};
    std::vector<std::uint64_t> numbers(frames);
    std::iota(numbers.begin(), numbers.end(), index);
    message.arrays.push_back(arrayOf(replayed::kIndex, ElementType::uint64, {frames},
                                     std::make_shared<const std::vector<std::uint64_t>>(std::move(numbers))));
    describeRun(run.info(), message);
    StreamOrigin origin;
    origin.name = replayed::kSource;
    origin.trainId = index / static_cast<std::uint64_t>(settings.framesPerMessage);
    origin.timestamp = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
    message.origins.push_back(origin);
    return encodeKarabo(message, settings.protocol == "karabo-1.0" ? KaraboProtocol::v1_0 : KaraboProtocol::v2_2);
}

std::uint64_t replayRun(RunSource& run, MessageSender& sender, const ReplaySettings& settings,
                        const TaskContext& task) {
    throwIfFatal(settings.validate());
    const std::uint64_t total = settings.loop ? 0 : run.info().frameCount.value_or(0);
    ProgressMeter meter(task, "Replay", total);
    const auto perMessage = static_cast<std::size_t>(settings.framesPerMessage);
    const Clock::time_point begin = Clock::now();
    std::uint64_t sent = 0, next = 0;
    while (!task.finishRequested()) {
        const auto parts = replayMessage(run, next, perMessage, sent, settings, task);
        if (parts.empty()) {
            if (!settings.loop || next == 0)
                return sent;
            next = 0;
            continue;
        }
        if (!sender.send(parts, task.stop))
            task.checkpoint();
        const std::uint64_t left = run.info().frameCount.value_or(next + perMessage) - next;
        const std::uint64_t frames = std::min<std::uint64_t>(perMessage, left);
        next += frames;
        sent += frames;
        meter.advance(frames);
        if (settings.rate > 0)
            waitUntil(begin + std::chrono::duration_cast<Clock::duration>(
                                  std::chrono::duration<double>(static_cast<double>(sent) / settings.rate)),
                      task);
    }
    return sent;
}

} // namespace fxs
