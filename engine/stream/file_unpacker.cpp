#include "engine/stream/file_unpacker.h"

#include "engine/io/run_reader.h"
#include "engine/stream/invalid_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace fxs {

namespace {

constexpr std::array<unsigned char, 8> kSignature{0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};

std::string shapeOf(const RunInfo& info) {
    return info.polarGrid ? fmt::format("{} x {} (q x phi)", info.polarGrid->qCount(), info.polarGrid->phiCount)
                          : fmt::format("{} x {} x {}", info.panels, info.slow, info.fast);
}

} // namespace

FileUnpacker::FileUnpacker(const ReceivedMessage& first, const InputSettings& input)
    : m_input(input), m_first(open(first)) {}

bool FileUnpacker::holdsFile(const ReceivedMessage& message) {
    if (message.parts.empty())
        return false;
    const auto bytes = message.parts.back().bytes;
    return bytes.size() >= kSignature.size() &&
           std::equal(kSignature.begin(), kSignature.end(), bytes.begin(),
                      [](unsigned char a, std::byte b) { return std::byte{a} == b; });
}

std::unique_ptr<RunSource> FileUnpacker::open(const ReceivedMessage& message) const {
    if (!holdsFile(message))
        throw Error(ErrorCode::badInput, "a message that is no HDF5 file, as the first one was");
    return openRunImage(message.parts.back().bytes, fmt::format("message {}", message.number), m_input);
}

RunInfo FileUnpacker::describe() const {
    RunInfo info = m_first->info().clone();
    info.layout = "live stream of files: " + info.layout;
    info.reason = "each message is an HDF5 file; " + info.reason;
    info.frameCount.reset();
    return info;
}

FramePack FileUnpacker::unpack(const ReceivedMessage& message) {
    const std::shared_ptr<RunSource> run = open(message);
    const RunInfo &info = run->info(), &first = m_first->info();
    if (shapeOf(info) != shapeOf(first))
        throw Error(ErrorCode::badInput,
                    fmt::format("images of {}, expected {} as in the first message", shapeOf(info), shapeOf(first)));
    FramePack pack;
    pack.frames = info.frameCount.value_or(0);
    std::vector<std::string> names;
    for (const ColumnInfo& column : info.columns)
        names.push_back(column.name);
    run->wantColumns(names);
    // The whole message is read here: what HDF5 finds wrong in it must not come up once a part of it is in the sums.
    if (info.polarGrid) {
        auto batch = std::make_shared<PolarBatch>(run->readPolar(0, pack.frames, {}));
        pack.columns = std::move(batch->columns);
        markInvalid(batch->mask, batch->intensity);
        pack.copy = [batch](std::size_t begin, std::size_t count, float* out, const TaskContext&) {
            const std::size_t pixels = batch->intensity.extent(1) * batch->intensity.extent(2);
            std::copy_n(batch->intensity.data() + begin * pixels, count * pixels, out);
        };
    } else {
        auto batch = std::make_shared<FrameBatch>(run->readFrames(0, pack.frames, {}));
        pack.columns = std::move(batch->columns);
        markInvalid(batch->mask, batch->data);
        pack.copy = [batch](std::size_t begin, std::size_t count, float* out, const TaskContext&) {
            const std::size_t pixels = batch->data.extent(1) * batch->data.extent(2) * batch->data.extent(3);
            std::copy_n(batch->data.data() + begin * pixels, count * pixels, out);
        };
    }
    return pack;
}

} // namespace fxs
