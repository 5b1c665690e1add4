#include "engine/io/inspect.h"

#include "engine/io/hdf5.h"
#include "engine/io/nexus.h"
#include "engine/io/run_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <limits>

namespace fxs {

namespace {

constexpr int kDeepest = 12; // soft links may make loops

std::string join(const std::vector<std::string>& parts) {
    return fmt::format("{}", fmt::join(parts, ", "));
}

std::string describe(const h5::Dataset& dataset) {
    std::vector<std::string> parts;
    try {
        if (dataset.size() == 1 && dataset.isText())
            parts.push_back("\"" + dataset.readText().substr(0, 60) + "\"");
        else if (dataset.size() == 1 && dataset.isNumeric())
            parts.push_back(fmt::format("= {}", dataset.readScalar<double>()));
    } catch (const Error& error) {
        parts.push_back(error.message());
    }
    if (const auto units = dataset.textAttribute("units"))
        parts.push_back(*units);
    if (const auto filters = dataset.filters(); !filters.empty())
        parts.push_back(join(filters));
    if (const auto missing = dataset.missingSources(); !missing.empty())
        parts.push_back(fmt::format("{} source files are missing, e.g. {}", missing.size(), missing.front()));
    return join(parts);
}

void list(const h5::Group& group, int depth, FileSummary& out) {
    for (const h5::Entry& entry : group.entries()) {
        if (out.contents.size() >= FileSummary::kMostEntries || depth > kDeepest) {
            out.contentsCut = true;
            return;
        }
        const std::string path = (group.path() == "/" ? "" : group.path()) + "/" + entry.name;
        if (entry.type == h5::Entry::Type::dataset) {
            const h5::Dataset dataset = group.dataset(entry.name);
            out.contents.push_back({path, dataset.valueType(), dataset.shape(), describe(dataset)});
        } else if (entry.type == h5::Entry::Type::group) {
            const h5::Group child = group.group(entry.name);
            out.contents.push_back({path, "group", {}, child.textAttribute("NX_class").value_or("")});
            list(child, depth + 1, out);
        } else {
            out.contents.push_back(
                {path, entry.type == h5::Entry::Type::dangling ? "link that leads nowhere" : "other", {}, ""});
        }
    }
}

/// The values of an array that may be empty: then null.
template <std::size_t N>
const std::uint8_t* valuesOf(const Array<std::uint8_t, N>& mask) {
    return mask.empty() ? nullptr : mask.data();
}

template <class T, std::size_t N>
void addValues(const Array<T, N>& values, const std::uint8_t* fixedMask, const std::uint8_t* masks, FrameSurvey& out,
               double& sum, std::uint64_t& count) {
    const std::size_t frames = values.extent(0), pixels = frames ? values.size() / frames : 0;
    for (std::size_t f = 0; f < frames; ++f)
        for (std::size_t i = 0; i < pixels; ++i) {
            if ((fixedMask && !fixedMask[i]) || (masks && !masks[f * pixels + i]))
                continue;
            const double v = values.data()[f * pixels + i];
            out.smallest = std::min(out.smallest, v);
            out.largest = std::max(out.largest, v);
            sum += v;
            ++count;
        }
    out.frames += frames;
}

} // namespace

FileSummary inspectFile(const std::string& path, const InputSettings& settings, const TaskContext& task) {
    FileSummary out;
    out.path = path;
    std::error_code ignored;
    const bool folder = std::filesystem::is_directory(path, ignored);
    if (!folder)
        out.bytes = recordInput(path).bytes;
    try {
        out.kind = identifyFile(path);
    } catch (const Error& error) {
        if (error.code() == ErrorCode::notFound || error.code() == ErrorCode::noPermission)
            throw;
        out.problem = error;
        return out;
    }
    if (!folder && !h5::File::isHdf5(path))
        return out;
    try {
        if (folder) {
            out.run = openRun({path}, settings, task);
            return out;
        }
        const h5::File file = h5::File::open(path);
        if (file.hasGroup("entry"))
            out.provenance = readProvenance(file.group("entry"));
        list(file, 0, out);
        task.checkpoint();
        if (out.kind == ResultKind::run)
            out.run = openRun({path}, settings, task);
    } catch (const Error& error) {
        out.problem = error;
    }
    return out;
}

FrameSurvey surveyFrames(RunSource& run, std::uint64_t mostFrames, const TaskContext& task) {
    const RunInfo& info = run.info();
    const std::uint64_t total = info.frameCount.value_or(0), count = std::min(total, mostFrames);
    FrameSurvey out;
    out.smallest = std::numeric_limits<double>::infinity();
    out.largest = -out.smallest;
    double sum = 0;
    std::uint64_t values = 0;
    ProgressMeter meter(task, "Looking at frames", count);
    for (std::uint64_t i = 0; i < count; ++i) {
        task.checkpoint();
        const std::uint64_t frame = count < 2 ? 0 : i * (total - 1) / (count - 1);
        if (run.isPolar()) {
            const PolarBatch batch = run.readPolar(frame, 1, task);
            addValues(batch.intensity, valuesOf(info.polarMask), valuesOf(batch.mask), out, sum, values);
        } else {
            const FrameBatch batch = run.readFrames(frame, 1, task);
            addValues(batch.data, valuesOf(info.frameMask), valuesOf(batch.mask), out, sum, values);
        }
        meter.advance();
    }
    if (values == 0)
        out.smallest = out.largest = 0;
    else
        out.mean = sum / static_cast<double>(values);
    out.problems = run.problemsFound();
    return out;
}

} // namespace fxs
