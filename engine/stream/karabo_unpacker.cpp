#include "engine/stream/karabo_unpacker.h"

#include "engine/stream/karabo.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace fxs {

namespace {

std::vector<double> numbersOf(const StreamArray& array) {
    std::vector<double> out(array.size());
    array.copyTo(0, std::span(out));
    return out;
}

/// The value that a message has for each of n frames: an array of n numbers, or one number for all.
template <class Take>
void forColumns(const StreamMessage& message, const DetectorArray& images, std::size_t n, Take take) {
    const auto nameOf = [&](const std::string& source, const std::string& path) {
        return source == images.source ? path : source + "/" + path;
    };
    for (const StreamArray& array : message.arrays)
        if (array.shape == std::vector<std::size_t>{n} && array.path != images.path)
            take(nameOf(array.source, array.path), [&] {
                return FrameColumn{nameOf(array.source, array.path), numbersOf(array), {}};
            });
    for (const StreamValue& value : message.values) {
        const std::string name = nameOf(value.source, value.path);
        if (const auto* number = std::get_if<double>(&value.value))
            take(name, [&] { return FrameColumn{name, std::vector<double>(n, *number), {}}; });
        else if (const auto* text = std::get_if<std::string>(&value.value))
            take(name, [&] { return FrameColumn{name, {}, std::vector<std::string>(n, *text)}; });
    }
}

} // namespace

KaraboUnpacker::KaraboUnpacker(const ReceivedMessage& first, const StreamSettings& stream)
    : m_first(decodeKarabo(first.parts)) {
    m_images = findDetectorArray(m_first, stream.source, stream.path, stream.axes).valueOrThrow();
    m_replayed = m_images.source == replayed::kSource;
    if (m_replayed && m_first.findArray(replayed::kSource, replayed::kQ) != nullptr && m_images.shape.size() != 3)
        throw Error(ErrorCode::badInput, fmt::format("replayed polar images are {}, expected frame x q x phi",
                                                     fmt::join(m_images.shape, " x ")));
}

std::optional<double> KaraboUnpacker::number(const char* path) const {
    const StreamValue* value = m_first.findValue(replayed::kSource, path);
    const auto* found = value != nullptr ? std::get_if<double>(&value->value) : nullptr;
    return found != nullptr ? std::optional(*found) : std::nullopt;
}

RunInfo KaraboUnpacker::describe() const {
    RunInfo info;
    info.layout = "live stream";
    info.reason = m_images.reason;
    info.valueType = elementName(m_images.type);
    info.panels = m_images.panels();
    info.slow = m_images.slow();
    info.fast = m_images.fast();
    std::vector<std::string> names;
    for (const StreamOrigin& origin : m_first.origins)
        names.push_back(origin.name);
    info.metadata.emplace_back("sources", fmt::format("{}", fmt::join(names, ", ")));
    if (m_replayed)
        describeReplay(info);
    const std::size_t frames = m_images.frames(*m_first.findArray(m_images.source, m_images.path));
    forColumns(m_first, m_images, frames, [&](const std::string& name, const auto& make) {
        const bool text = !make().texts.empty();
        info.columns.push_back({name, {}, name, text});
    });
    return info;
}

void KaraboUnpacker::describeReplay(RunInfo& info) const {
    if (const auto wavelength = number(replayed::kWavelength)) {
        info.experiment.wavelengthAngstrom = *wavelength;
        info.experiment.wavelengthKnown = true;
    }
    info.experiment.photonsPerUnit = number(replayed::kPhotonsPerUnit).value_or(0);
    if (const auto particles = number(replayed::kParticles)) {
        info.experiment.particlesPerShot = *particles;
        info.experiment.particlesKnown = true;
    }
    if (number(replayed::kPolarityAlong).value_or(0) != 0)
        info.experiment.polarity = Polarity::along;
    info.distanceMetre = number(replayed::kDistance);
    info.pixelSizeMetre = number(replayed::kPixelSize);
    const auto array = [&](const char* path) { return m_first.findArray(replayed::kSource, path); };
    if (const StreamArray* centre = array(replayed::kCentre); centre != nullptr && centre->size() == 2) {
        const auto numbers = numbersOf(*centre);
        info.centrePixel = {numbers[0], numbers[1]};
    }
    const StreamArray* q = array(replayed::kQ);
    if (q == nullptr)
        return;
    info.polarGrid = PolarGrid{numbersOf(*q), m_images.fast()};
    if (q->size() != m_images.slow())
        throw Error(ErrorCode::badInput,
                    fmt::format("replayed polar images have {} rings, but {} values of q", m_images.slow(), q->size()));
    throwIfFatal(info.polarGrid->check());
    info.panels = info.slow = info.fast = 0;
    if (const StreamArray* mask = array(replayed::kMask);
        mask != nullptr && mask->shape == std::vector{m_images.slow(), m_images.fast()}) {
        const auto values = numbersOf(*mask);
        info.polarMask = Array<std::uint8_t, 2>::uninitialised({m_images.slow(), m_images.fast()});
        std::ranges::transform(values, info.polarMask.data(), [](double v) { return std::uint8_t(v != 0); });
    }
    if (const StreamArray* ratio = array(replayed::kNoiseRatio); ratio != nullptr && ratio->shape.size() == 2) {
        info.noiseRatio = Array<double, 2>::uninitialised({ratio->shape[0], ratio->shape[1]});
        ratio->copyTo(0, info.noiseRatio.span());
    }
}

FramePack KaraboUnpacker::unpack(const ReceivedMessage& received) {
    StreamMessage message = decodeKarabo(received.parts);
    const StreamArray* images = message.findArray(m_images.source, m_images.path);
    if (images == nullptr)
        throw Error(ErrorCode::badInput,
                    fmt::format("a message without array {} of {}", m_images.path, m_images.source));
    if (!m_images.fits(*images))
        throw Error(ErrorCode::badInput,
                    fmt::format("array {} of {} is {}, expected {} as in the first message", m_images.path,
                                m_images.source, fmt::join(images->shape, " x "), fmt::join(m_images.shape, " x ")));
    FramePack pack;
    pack.frames = m_images.frames(*images);
    for (const StreamOrigin& origin : message.origins)
        if (origin.name == m_images.source) {
            pack.trainId = origin.trainId;
            pack.timestamp = origin.timestamp;
        }
    if (m_replayed)
        if (const StreamArray* index = message.findArray(replayed::kSource, replayed::kIndex);
            index != nullptr && index->size() > 0) {
            double first = 0;
            index->copyTo(0, std::span(&first, 1));
            pack.firstIndex = static_cast<std::uint64_t>(std::max(first, 0.0));
        }
    forColumns(message, m_images, pack.frames,
               [&](const std::string&, const auto& make) { pack.columns.push_back(make()); });
    pack.copy = [array = *images, layout = m_images](std::size_t first, std::size_t count, float* out,
                                                     const TaskContext& task) {
        layout.copyFrames(array, first, count, out, task);
    };
    return pack;
}

} // namespace fxs
