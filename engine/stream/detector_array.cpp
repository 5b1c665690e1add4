#include "engine/stream/detector_array.h"

#include "engine/core/parallel.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>
#include <sstream>

namespace fxs {

namespace {

constexpr std::array<const char*, 4> kAxisNames{"frame", "panel", "slow", "fast"};

std::array<int, 4> list(const ArrayAxes& axes) {
    return {axes.frame, axes.panel, axes.slow, axes.fast};
}

std::string describe(const StreamArray& array) {
    return fmt::format("{} of {} ({} of {})", array.path, array.source, fmt::join(array.shape, " x "),
                       elementName(array.type));
}

const StreamArray* largestArray(const StreamMessage& message, const std::string& source, const std::string& path) {
    const StreamArray* largest = nullptr;
    for (const StreamArray& array : message.arrays) {
        const bool asked = (source.empty() || array.source == source) && (path.empty() || array.path == path);
        if (asked && array.shape.size() >= 2 && (largest == nullptr || array.size() > largest->size()))
            largest = &array;
    }
    return largest;
}

/// How many frames the ids beside the images say that there are.
std::optional<std::size_t> announcedFrames(const StreamMessage& message, const StreamArray& images) {
    const std::string folder = images.path.substr(0, images.path.rfind('.') + 1);
    for (const char* name : {"cellId", "pulseId", "trainId", "index"})
        if (const StreamArray* ids = message.findArray(images.source, folder + name); ids && ids->shape.size() == 1)
            return ids->shape[0];
    return std::nullopt;
}

/// The axis that is as long as there are frames: the last or the first, whichever fits; -1 for none.
int frameAxis(const StreamArray& images, std::optional<std::size_t> announced) {
    const auto rank = static_cast<int>(images.shape.size());
    if (!announced)
        return rank >= 4 ? 0 : -1;
    if (rank < 3)
        return -1;
    if (images.shape.front() == *announced)
        return 0;
    return images.shape.back() == *announced ? rank - 1 : -1;
}

Result<ArrayAxes> guessAxes(const StreamMessage& message, const StreamArray& images) {
    const auto rank = static_cast<int>(images.shape.size());
    ArrayAxes axes;
    axes.frame = frameAxis(images, announcedFrames(message, images));
    std::vector<int> rest;
    for (int axis = 0; axis < rank; ++axis)
        if (axis != axes.frame)
            rest.push_back(axis);
    if (rest.size() < 2 || rest.size() > 3)
        return Error(ErrorCode::badInput,
                     fmt::format("array {}: which axes are frame, panel, slow and fast cannot be told; --axes says it",
                                 describe(images)));
    axes.fast = rest.back();
    axes.slow = rest[rest.size() - 2];
    axes.panel = rest.size() == 3 ? rest.front() : -1;
    return axes;
}

/// What a copy needs to know of where things lie; strides in elements.
struct Strides {
    std::size_t frame = 0, panel = 0, slow = 0, fast = 0;

    Strides(const std::vector<std::size_t>& shape, const ArrayAxes& axes) {
        std::vector<std::size_t> strides(shape.size(), 1);
        for (std::size_t i = shape.size(); i-- > 1;)
            strides[i - 1] = strides[i] * shape[i];
        const auto at = [&](int axis) { return axis < 0 ? 0 : strides[static_cast<std::size_t>(axis)]; };
        frame = at(axes.frame);
        panel = at(axes.panel);
        slow = at(axes.slow);
        fast = at(axes.fast);
    }
};

} // namespace

Result<ArrayAxes> ArrayAxes::parse(const std::string& text) {
    ArrayAxes axes;
    std::array<int*, 4> places{&axes.frame, &axes.panel, &axes.slow, &axes.fast};
    std::istringstream words(text);
    std::string word;
    for (int axis = 0; std::getline(words, word, ','); ++axis) {
        const auto name = std::ranges::find(kAxisNames, word);
        if (name == kAxisNames.end() || *places[static_cast<std::size_t>(name - kAxisNames.begin())] >= 0)
            return Error(
                ErrorCode::badSettings,
                fmt::format("axes \"{}\": \"{}\" is {}; expected frame, panel, slow and fast, each at most once, "
                            "separated by commas",
                            text, word, name == kAxisNames.end() ? "none of them" : "there twice"));
        *places[static_cast<std::size_t>(name - kAxisNames.begin())] = axis;
    }
    if (axes.slow < 0 || axes.fast < 0)
        return Error(ErrorCode::badSettings, fmt::format("axes \"{}\": slow and fast must be among them", text));
    return axes;
}

std::string ArrayAxes::text() const {
    std::vector<std::string> names;
    for (int axis = 0; axis < 4; ++axis)
        for (std::size_t i = 0; i < 4; ++i)
            if (list(*this)[i] == axis)
                names.emplace_back(kAxisNames[i]);
    return fmt::format("{}", fmt::join(names, ","));
}

bool DetectorArray::fits(const StreamArray& array) const {
    if (array.source != source || array.path != path || array.shape.size() != shape.size())
        return false;
    for (std::size_t axis = 0; axis < shape.size(); ++axis)
        if (static_cast<int>(axis) != axes.frame && array.shape[axis] != shape[axis])
            return false;
    return true;
}

void DetectorArray::copyFrames(const StreamArray& array, std::size_t first, std::size_t count, float* out,
                               const TaskContext& task) const {
    const Strides strides(array.shape, axes);
    // Frames that follow one another in memory are one block.
    if (strides.fast == 1 && (slow() == 1 || strides.slow == fast()) &&
        (panels() == 1 || strides.panel == slow() * fast())) {
        parallelFor(count, 1, task, [&](const tbb::blocked_range<std::size_t>& range) {
            for (std::size_t f = range.begin(); f < range.end(); ++f)
                array.copyTo((first + f) * strides.frame, std::span(out + f * pixels(), pixels()));
        });
        return;
    }
    // Else a row of pixels with all their frames is brought to floats as it lies and dealt out: the source is read in
    // its order once.
    const std::size_t allFrames = frames(array), rowLength = fast() * allFrames;
    const bool framesLast = strides.frame == 1 && strides.fast == allFrames;
    parallelFor(panels() * slow(), 4, task, [&](const tbb::blocked_range<std::size_t>& range) {
        std::vector<float> row(framesLast ? rowLength : 1);
        for (std::size_t r = range.begin(); r < range.end(); ++r) {
            const std::size_t panel = r / slow(), line = r % slow();
            const std::size_t begin = panel * strides.panel + line * strides.slow;
            float* to = out + r * fast();
            if (framesLast) {
                array.copyTo(begin, std::span(row));
                for (std::size_t f = 0; f < count; ++f)
                    for (std::size_t x = 0; x < fast(); ++x)
                        to[f * pixels() + x] = row[x * allFrames + first + f];
            } else {
                for (std::size_t f = 0; f < count; ++f)
                    for (std::size_t x = 0; x < fast(); ++x)
                        array.copyTo(begin + (first + f) * strides.frame + x * strides.fast,
                                     std::span(to + f * pixels() + x, 1));
            }
        }
    });
}

Result<DetectorArray> findDetectorArray(const StreamMessage& message, const std::string& source,
                                        const std::string& path, const std::string& axes) {
    const StreamArray* images = largestArray(message, source, path);
    if (images == nullptr) {
        std::vector<std::string> there;
        for (const StreamArray& array : message.arrays)
            there.push_back(describe(array));
        return Error(ErrorCode::badInput,
                     fmt::format("the message has no array{}{} of two or more axes; it has: {}",
                                 path.empty() ? "" : " " + path, source.empty() ? "" : " of source " + source,
                                 there.empty() ? "no array" : fmt::format("{}", fmt::join(there, "; "))));
    }
    const Result<ArrayAxes> found = axes.empty() ? guessAxes(message, *images) : ArrayAxes::parse(axes);
    if (!found)
        return found.error();
    const std::array<int, 4> used = list(*found);
    const auto named = std::ranges::count_if(used, [](int axis) { return axis >= 0; });
    if (named != static_cast<std::ptrdiff_t>(images->shape.size()))
        return Error(ErrorCode::badInput, fmt::format("array {} has {} axes, but axes \"{}\" name {}",
                                                      describe(*images), images->shape.size(), found->text(), named));
    DetectorArray out{images->source, images->path, images->type, images->shape, *found, {}};
    if (out.pixels() == 0)
        return Error(ErrorCode::badInput, fmt::format("array {} has no pixel", describe(*images)));
    out.reason = fmt::format("the message has array {}, its axes are {}", describe(*images), found->text());
    return out;
}

} // namespace fxs
