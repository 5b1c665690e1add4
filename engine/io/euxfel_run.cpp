#include "engine/io/euxfel_run.h"

#include "engine/io/euxfel_alignment.h"
#include "engine/io/euxfel_columns.h"
#include "engine/io/frame_reader.h"
#include "engine/io/frame_values.h"
#include "engine/io/value_check.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

namespace fxs {

namespace {

constexpr std::size_t kOpenFiles = 64;

/// The run's files, of which the last that were asked for stay open.
class OpenFiles {
public:
    explicit OpenFiles(std::vector<std::string> paths) : m_paths(std::move(paths)) {}

    const h5::File& file(std::size_t i) {
        if (!m_open.contains(i)) {
            if (m_open.size() >= kOpenFiles) {
                m_datasets.clear();
                m_open.clear();
            }
            m_open.emplace(i, h5::File::open(m_paths[i]));
        }
        return m_open.at(i);
    }
    const h5::Dataset& dataset(std::size_t i, const std::string& path) {
        const h5::File& from = file(i);
        auto at = m_datasets.find({i, path});
        if (at == m_datasets.end())
            at = m_datasets.emplace(std::pair(i, path), from.dataset(path)).first;
        return at->second;
    }
    const std::vector<std::string>& paths() const { return m_paths; }

private:
    std::vector<std::string> m_paths;
    std::map<std::size_t, h5::File> m_open;
    std::map<std::pair<std::size_t, std::string>, h5::Dataset> m_datasets;
};

/// What the frames' dataset of a module looks like: [row](plane)[ss][fs], or JUNGFRAU's [entry][cell][ss][fs].
struct ModuleShape {
    std::size_t cells = 1, planes = 1, slow = 0, fast = 0;
    bool planeAxis = false, cellAxis = false;
    std::string type;

    static ModuleShape of(const h5::Dataset& dataset, bool jungfrau) {
        const h5::Extent& shape = dataset.shape();
        if ((shape.size() != 3 && shape.size() != 4) || !dataset.isNumeric() || dataset.size() == 0)
            throw Error(
                ErrorCode::badInput,
                fmt::format("dataset {} is {} of {}, expected numbers, row x slow x fast or row x plane x slow x "
                            "fast",
                            dataset.name(), fmt::join(shape, " x "), dataset.valueType()));
        ModuleShape out;
        out.type = dataset.valueType();
        out.slow = static_cast<std::size_t>(shape[shape.size() - 2]);
        out.fast = static_cast<std::size_t>(shape.back());
        if (shape.size() == 4) {
            (jungfrau ? out.cellAxis : out.planeAxis) = true;
            (jungfrau ? out.cells : out.planes) = static_cast<std::size_t>(shape[1]);
        }
        if (out.planes > 2)
            throw Error(ErrorCode::badInput, fmt::format("dataset {} is {}, expected 1 or 2 planes along axis 1",
                                                         dataset.name(), fmt::join(shape, " x ")));
        return out;
    }
    bool sameFrames(const ModuleShape& other) const {
        return slow == other.slow && fast == other.fast && planes == other.planes && cells == other.cells;
    }
};

class XfelRun : public RunSource {
public:
    XfelRun(const std::vector<std::string>& paths, const InputSettings& settings, const TaskContext& task)
        : m_files(paths) {
        for (std::size_t i = 0; i < paths.size(); ++i) {
            task.checkpoint();
            const h5::File& file = m_files.file(i);
            if (!XfelFile::isOne(file))
                throw Error(ErrorCode::badInput,
                            fmt::format("{} has no METADATA and INDEX groups, as the run's first file has", paths[i]));
            withContext("reading " + paths[i], [&] { m_about.emplace_back(file); });
        }
        chooseDetector(settings);
        readShapes();
        m_check.emplace(settings.saturation.value_or(saturationOf(m_shape.type)));
        m_alignment = alignXfel(m_detector, m_about, opener(), task);
        m_columns = XfelColumns(m_about, m_detector.name, opener());
        describe();
        readBeam();
        readPulseEnergy();
    }

    const RunInfo& info() const override { return m_info; }
    std::vector<Problem> problemsFound() const override { return m_check->problems(m_detector.name); }
    void wantColumns(const std::vector<std::string>& names) override {
        m_columns.want(names, m_about, m_alignment, opener());
    }
    bool allowRaw16() override {
        m_raw16 = m_shape.type == "uint16";
        return m_raw16;
    }
    PolarBatch readPolar(std::uint64_t, std::size_t, const TaskContext&) override {
        throw Error(ErrorCode::unsupported,
                    "the run holds detector frames; they are brought to polar images by a geometry first");
    }
    FrameBatch readFrames(std::uint64_t first, std::size_t count, const TaskContext& task) override;

private:
    std::function<const h5::File&(std::size_t)> opener() {
        return [this](std::size_t i) -> const h5::File& { return m_files.file(i); };
    }
    void chooseDetector(const InputSettings& settings);
    void readShapes();
    void describe();
    void readBeam();
    void readPulseEnergy();

    /// Reads one plane of a dataset of all modules, [frame][module][ss][fs]; frames that a module lacks keep what is
    /// there. False: the first module's group does not have the dataset.
    template <class T>
    void readModules(const std::string& name, std::uint64_t first, std::size_t count, std::size_t plane, T* out);
    template <class T>
    void readRows(const h5::Dataset& from, std::uint64_t row, std::size_t rows, std::size_t plane, std::size_t frame,
                  std::size_t module, std::size_t count, T* out) const;
    void readGain(std::uint64_t first, std::size_t count, FrameBatch& batch);
    void readMasks(std::uint64_t first, std::size_t count, FrameBatch& batch);
    void splitLpd(FrameBatch& batch, std::uint16_t* values) const;

    OpenFiles m_files;
    std::vector<XfelFile> m_about;
    XfelDetector m_detector;
    ModuleShape m_shape;
    bool m_hasMask = false, m_hasGain = false, m_raw16 = false, m_splitLpd = false;
    XfelAlignment m_alignment;
    XfelColumns m_columns;
    RunInfo m_info;
    std::optional<ValueCheck> m_check;
    std::vector<double> m_energy;
    std::vector<std::uint16_t> m_scratch;
};

void XfelRun::chooseDetector(const InputSettings& settings) {
    std::vector<XfelDetector> found = findXfelDetectors(m_about);
    std::vector<std::string> names;
    for (const XfelDetector& detector : found)
        names.push_back(fmt::format("{} ({}, {} modules)", detector.name, detector.corrected ? "corrected" : "raw",
                                    detector.modules));
    std::string wanted = settings.dataset;
    while (wanted.starts_with('/'))
        wanted.erase(0, 1);
    const auto chosen = std::ranges::find_if(found, [&](const XfelDetector& d) {
        return wanted.empty() || d.name == wanted || wanted.find(d.name + "/") != std::string::npos;
    });
    if (chosen == found.end())
        throw Error(ErrorCode::badInput,
                    fmt::format("{} and {} other files have no detector that this program reads{} (AGIPD, LPD, DSSC, "
                                "JUNGFRAU); found: {}",
                                m_files.paths().front(), m_files.paths().size() - 1,
                                wanted.empty() ? "" : fmt::format(" and that is named \"{}\"", wanted),
                                names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "))));
    if (found.size() > 1 && wanted.empty())
        m_info.problems.push_back(
            {"",
             fmt::format("the run has {} detectors ({}); {} is read, --dataset names another", found.size(),
                         fmt::join(names, ", "), names[static_cast<std::size_t>(chosen - found.begin())]),
             false});
    m_detector = std::move(*chosen);
}

void XfelRun::readShapes() {
    bool first = true;
    // Modules that wrote nothing are left out: their datasets are empty.
    std::erase_if(m_detector.parts, [&](const XfelDetector::Part& part) {
        const h5::File& file = m_files.file(part.file);
        const std::string path = m_detector.group(part) + m_detector.frames();
        return file.hasDataset(path) && file.dataset(path).size() == 0;
    });
    if (m_detector.parts.empty())
        throw Error(ErrorCode::badInput, fmt::format("detector {} has no frame in the run's files", m_detector.name));
    for (const auto& part : m_detector.parts) {
        const h5::Dataset& frames = m_files.dataset(part.file, m_detector.group(part) + m_detector.frames());
        const ModuleShape shape = ModuleShape::of(frames, m_detector.jungfrau);
        if (first)
            m_shape = shape;
        else if (!shape.sameFrames(m_shape) || shape.type != m_shape.type)
            throw Error(ErrorCode::badInput,
                        fmt::format("dataset {} is {} of {}, expected {} x {} pixels of {} as the run's first module",
                                    frames.name(), fmt::join(frames.shape(), " x "), shape.type, m_shape.slow,
                                    m_shape.fast, m_shape.type));
        const h5::File& file = m_files.file(part.file);
        const auto fits = [&](const char* name) {
            const std::string path = m_detector.group(part) + name;
            return file.hasDataset(path) && file.dataset(path).shape() == frames.shape();
        };
        m_hasMask = (first || m_hasMask) && fits("mask");
        m_hasGain = (first || m_hasGain) && fits("gain");
        first = false;
    }
    // Early corrections kept the raw names.
    m_detector.corrected = m_detector.corrected || (m_shape.type.starts_with("float") && !m_shape.planeAxis);
    m_splitLpd = m_detector.isLpd() && !m_detector.corrected && m_shape.type == "uint16";
}

void XfelRun::describe() {
    m_info.files = m_files.paths();
    m_info.frameCount = m_alignment.frames();
    m_info.valueType = m_shape.type;
    m_info.panels = m_detector.modules;
    m_info.slow = m_shape.slow;
    m_info.fast = m_shape.fast;
    m_info.pixelSizeMetre = m_detector.pixelSize();
    m_info.experiment.polarity = Polarity::along;
    m_info.columns = m_columns.infos();
    std::vector<std::string> versions;
    for (const XfelFile& file : m_about)
        if (std::ranges::find(versions, file.version()) == versions.end())
            versions.push_back(file.version());
    auto& about = m_info.metadata;
    about.emplace_back("detector", fmt::format("{}, {}{}", m_detector.name, m_detector.corrected ? "corrected" : "raw",
                                               m_detector.jungfrau ? ", JUNGFRAU" : ""));
    about.emplace_back("modules", fmt::format("{} in {} files", m_detector.modules, m_detector.parts.size()));
    about.emplace_back("trains", fmt::format("{} (ids {} to {})", m_alignment.trains, m_alignment.train.front(),
                                             m_alignment.train.back()));
    about.emplace_back("format", fmt::format("version {}", fmt::join(versions, ", ")));
    if (m_info.pixelSizeMetre)
        about.emplace_back("guessed",
                           fmt::format("pixels of {} m, as this kind of detector has", *m_info.pixelSizeMetre));
    if (m_splitLpd)
        about.emplace_back("bits", "12 of signal, 2 of gain stage");
    if (m_hasMask)
        about.emplace_back("mask from", "one a frame, of the correction");
    m_info.problems.insert(m_info.problems.end(), m_alignment.problems.begin(), m_alignment.problems.end());
    m_info.problems.push_back(
        {"distance", "the run does not say the distance; --distance or --geometry gives it", false});
}

/// Gas monitors know the wavelength that the machine was set to, in nm.
void XfelRun::readBeam() {
    for (std::size_t f = 0; f < m_about.size(); ++f)
        for (const std::string& source : m_about[f].sources()) {
            if (!source.starts_with("CONTROL/") || source.find("XGM") == std::string::npos)
                continue;
            for (const char* root : {"RUN/", "CONTROL/"}) {
                const std::string path = root + source.substr(8) + "/pulseEnergy/wavelengthUsed/value";
                const h5::File& file = m_files.file(f);
                if (!file.hasDataset(path) || file.dataset(path).size() == 0)
                    continue;
                double nm = 0;
                const h5::Dataset dataset = file.dataset(path);
                dataset.readBlock(h5::Extent(dataset.shape().size(), 0), h5::Extent(dataset.shape().size(), 1), &nm);
                if (!(nm > 1e-3 && nm < 100))
                    continue;
                m_info.experiment.wavelengthAngstrom = 10 * nm;
                m_info.experiment.wavelengthKnown = true;
                m_info.metadata.emplace_back("wavelength from", path + " (what the gas monitor was set to)");
                return;
            }
        }
    m_info.problems.push_back(
        {"wavelength", "the run does not say the photon energy; --photon-energy or --wavelength gives it", false});
}

void XfelRun::readPulseEnergy() {
    const std::string& name = m_columns.pulseEnergy();
    if (name.empty())
        return;
    m_energy = m_columns.values(name, m_about, m_alignment, opener());
    const auto known = std::ranges::count_if(m_energy, [](double e) { return std::isfinite(e) && e > 0; });
    if (known == std::ssize(m_energy)) {
        m_info.metadata.emplace_back("guessed",
                                     fmt::format("pulse energies are {}, the k-th of each train for its k-th "
                                                 "frame",
                                                 name));
        return;
    }
    m_info.problems.push_back(
        {"", fmt::format("{} has a pulse energy for {} of {} frames only; none is used", name, known, m_energy.size()),
         false});
    m_energy.clear();
}

template <class T>
void XfelRun::readRows(const h5::Dataset& from, std::uint64_t row, std::size_t rows, std::size_t plane,
                       std::size_t frame, std::size_t module, std::size_t count, T* out) const {
    const std::size_t modules = m_detector.modules, slow = m_shape.slow, fast = m_shape.fast;
    // HDF5 copies between blocks of one shape much faster than between others: the place in memory is described with as
    // many axes as the dataset has.
    if (from.shape().size() == 3) {
        from.readBlock({row, 0, 0}, {rows, slow, fast}, out,
                       {{count, modules * slow, fast}, {frame, module * slow, 0}});
    } else if (!m_shape.cellAxis || m_shape.cells == 1) {
        from.readBlock({row, plane, 0, 0}, {rows, 1, slow, fast}, out,
                       {{count, modules, slow, fast}, {frame, module, 0, 0}});
    } else {
        for (std::size_t i = 0; i < rows; ++i)
            from.readBlock({(row + i) / m_shape.cells, (row + i) % m_shape.cells, 0, 0}, {1, 1, slow, fast}, out,
                           {{count, modules, slow, fast}, {frame + i, module, 0, 0}});
    }
}

template <class T>
void XfelRun::readModules(const std::string& name, std::uint64_t first, std::size_t count, std::size_t plane, T* out) {
    const std::size_t modules = m_detector.modules;
    const auto place = [&](std::size_t frame, std::size_t module) {
        return m_alignment.place[(static_cast<std::size_t>(first) + frame) * modules + module];
    };
    for (std::size_t module = 0; module < modules; ++module)
        for (std::size_t f = 0; f < count;) {
            const std::uint64_t begin = place(f, module);
            std::size_t rows = 1;
            if (begin == XfelAlignment::kMissing) {
                ++f;
                continue;
            }
            while (f + rows < count && place(f + rows, module) == begin + rows)
                ++rows;
            const auto& part = m_detector.parts[XfelAlignment::partOf(begin)];
            readRows(m_files.dataset(part.file, m_detector.group(part) + name), XfelAlignment::rowOf(begin), rows,
                     plane, f, module, count, out);
            f += rows;
        }
}

void XfelRun::readGain(std::uint64_t first, std::size_t count, FrameBatch& batch) {
    if (m_shape.planes == 2 && m_shape.type == "uint16") {
        batch.gainPlane = Array<std::uint16_t, 4>(batch.shape());
        readModules(m_detector.frames(), first, count, 1, batch.gainPlane.data());
    }
    if (!m_hasGain)
        return;
    batch.gainStage = Array<std::uint8_t, 4>(batch.shape());
    readModules("gain", first, count, 0, batch.gainStage.data());
    if (m_detector.jungfrau) // its two bits count 0, 1, 3
        for (std::uint8_t& stage : batch.gainStage.span())
            stage = std::min<std::uint8_t>(stage, 2);
}

void XfelRun::splitLpd(FrameBatch& batch, std::uint16_t* values) const {
    batch.gainStage = Array<std::uint8_t, 4>::uninitialised(batch.shape());
    for (std::size_t i = 0; i < batch.gainStage.size(); ++i) {
        batch.gainStage.data()[i] = static_cast<std::uint8_t>(values[i] >> 12 & 3);
        values[i] &= 0x0fff;
    }
}

void XfelRun::readMasks(std::uint64_t first, std::size_t count, FrameBatch& batch) {
    const std::size_t modules = m_detector.modules, pixels = m_shape.slow * m_shape.fast;
    if (m_hasMask) {
        std::vector<std::uint32_t> bits(count * modules * pixels, 0);
        readModules("mask", first, count, 0, bits.data());
        combineMask(batch, validity(bits, MaskMeaning::zeroIsValid));
    }
    for (std::size_t f = 0; f < count; ++f)
        for (std::size_t m = 0; m < modules; ++m) {
            if (m_alignment.place[(static_cast<std::size_t>(first) + f) * modules + m] != XfelAlignment::kMissing)
                continue;
            if (batch.mask.empty())
                combineMask(batch, std::vector<std::uint8_t>(count * modules * pixels, 1));
            std::fill_n(batch.mask.data() + (f * modules + m) * pixels, pixels, std::uint8_t{0});
        }
}

FrameBatch XfelRun::readFrames(std::uint64_t first, std::size_t count, const TaskContext& task) {
    task.checkpoint();
    first = std::min<std::uint64_t>(first, m_alignment.frames());
    count = std::min(count, static_cast<std::size_t>(m_alignment.frames() - first));
    FrameBatch batch;
    batch.firstIndex = first;
    const std::array<std::size_t, 4> shape{count, m_info.panels, m_info.slow, m_info.fast};
    if (count == 0 || !m_raw16)
        batch.data = Array<float, 4>(shape);
    if (count == 0)
        return batch;
    if (m_raw16)
        batch.raw16 = Array<std::uint16_t, 4>(shape);
    if (m_shape.type == "uint16") {
        std::uint16_t* values = batch.raw16.data();
        if (!m_raw16) {
            m_scratch.assign(batch.data.size(), 0);
            values = m_scratch.data();
        }
        readModules(m_detector.frames(), first, count, 0, values);
        if (m_splitLpd)
            splitLpd(batch, values);
        if (!m_raw16)
            std::copy(m_scratch.begin(), m_scratch.end(), batch.data.data());
    } else {
        readModules(m_detector.frames(), first, count, 0, batch.data.data());
    }
    readGain(first, count, batch);
    readMasks(first, count, batch);
    if (!m_raw16)
        combineMask(batch, m_check->clean(batch.data.span(), m_info.panels * m_info.slow * m_info.fast,
                                          m_info.frameMask.span(), first, batch.mask.span()));
    if (!m_energy.empty())
        batch.pulseEnergy.assign(m_energy.begin() + static_cast<std::ptrdiff_t>(first),
                                 m_energy.begin() + static_cast<std::ptrdiff_t>(first + count));
    batch.columns = m_columns.slice(first, count);
    return batch;
}

} // namespace

Layout xfelRunLayout() {
    return {.name = "European XFEL run",
            .lookedFor = "groups METADATA and INDEX",
            .probe = [](const h5::File& file, const InputSettings&) -> Result<std::string> {
                if (XfelFile::isOne(file))
                    return std::string("it has groups METADATA and INDEX");
                return Error(ErrorCode::notFound, "there are no groups METADATA and INDEX");
            },
            .open = [](h5::File file, const InputSettings& settings) -> std::unique_ptr<RunSource> {
                return std::make_unique<XfelRun>(std::vector{file.filePath()}, settings, TaskContext{});
            },
            .openTogether = [](const std::vector<std::string>& paths, const InputSettings& settings,
                               const TaskContext& task) -> std::unique_ptr<RunSource> {
                return std::make_unique<XfelRun>(paths, settings, task);
            }};
}

} // namespace fxs
