#include "engine/backend/job_spec_file.h"

#include "engine/backend/job_folder.h"
#include "engine/core/provenance.h"
#include "engine/core/settings_file.h"
#include "engine/core/whole_file.h"
#include "engine/io/atomic_output.h"

#include <fmt/format.h>

#include <set>

namespace fxs {

namespace {

constexpr const char* kWords[] = {"correlate", "filter", "reconstruct"};
constexpr const char *kJob = "job", *kRun = "run", *kAuto = "auto";

/// One section of the file, read by type, and asked afterwards for what nobody took.
class Section {
public:
    Section(const SettingValues& values, std::string name, const std::string& source)
        : m_values(values), m_name(std::move(name)), m_source(source) {}

    template <class T>
    void take(const std::string& key, T& value) {
        m_known.insert(key);
        const auto it = m_values.find(key);
        if (it == m_values.end())
            return;
        if (const auto* found = std::get_if<T>(&it->second)) {
            value = *found;
            return;
        }
        fail(fmt::format("{} is {}, which is of another type than expected", key, toText(it->second)));
    }

    void take(const std::string& key, double& value) {
        std::int64_t whole = 0;
        const auto it = m_values.find(key);
        if (it == m_values.end() || !std::holds_alternative<std::int64_t>(it->second))
            return take<double>(key, value);
        take(key, whole);
        value = static_cast<double>(whole);
    }

    void refuseOthers() const {
        for (const auto& [key, value] : m_values)
            if (!m_known.contains(key))
                fail(fmt::format("the key {} is not known", key));
    }

    [[noreturn]] void fail(const std::string& what) const {
        throw Error(ErrorCode::badInput, fmt::format("{}: [{}]: {}", m_source, m_name, what));
    }

private:
    const SettingValues& m_values;
    std::string m_name;
    const std::string& m_source;
    std::set<std::string> m_known;
};

void readJob(const SettingValues& values, const std::string& source, JobSpec& spec) {
    Section job(values, kJob, source);
    std::int64_t format = 0;
    std::string version, first = stageWord(spec.first), last = stageWord(spec.last);
    job.take("format", format);
    job.take("version", version);
    if (format != job_folder::kFormat)
        job.fail(
            fmt::format("format {} of program version {}, expected format {}; the two programs must be of the same "
                        "version",
                        format, version.empty() ? "unknown" : version, job_folder::kFormat));
    job.take("name", spec.name);
    job.take("first", first);
    job.take("last", last);
    job.take("output-folder", spec.outputFolder);
    job.take("output-file", spec.outputFile);
    job.take("snapshot-period", spec.snapshotPeriodSeconds);
    job.take("checkpoint-period", spec.checkpointPeriodSeconds);
    job.take("overwrite", spec.overwrite);
    job.take("resume", spec.resume);
    job.refuseOthers();
    spec.first = withContext(source, [&] { return stageFromWord(first); });
    spec.last = withContext(source, [&] { return stageFromWord(last); });
}

} // namespace

const char* stageWord(Stage stage) {
    return kWords[static_cast<int>(stage)];
}

Stage stageFromWord(std::string_view word) {
    for (int stage = 0; stage < 3; ++stage)
        if (word == kWords[stage])
            return static_cast<Stage>(stage);
    throw Error(ErrorCode::badInput,
                fmt::format("there is no stage \"{}\", expected correlate, filter or reconstruct", word));
}

std::string jobSpecToToml(const JobSpec& spec) {
    SettingSections sections = spec.settings;
    SettingValues& job = sections[kJob];
    job["format"] = std::int64_t{job_folder::kFormat};
    job["version"] = versionString();
    job["name"] = spec.name;
    job["first"] = std::string(stageWord(spec.first));
    job["last"] = std::string(stageWord(spec.last));
    job["output-folder"] = spec.outputFolder;
    job["output-file"] = spec.outputFile;
    job["snapshot-period"] = spec.snapshotPeriodSeconds;
    job["checkpoint-period"] = spec.checkpointPeriodSeconds;
    job["overwrite"] = spec.overwrite;
    job["resume"] = spec.resume;
    std::size_t number = 0;
    for (const std::string& input : spec.inputs)
        sections[kRun][fmt::format("file-{:06}", ++number)] = input; // padded, so that their order is kept
    for (const auto& [section, values] : spec.settings)
        for (const auto& [key, value] : values)
            if (std::holds_alternative<std::monostate>(value))
                sections[kAuto][section + "." + key] = true;
    return settingsToToml(sections);
}

JobSpec jobSpecFromToml(std::string_view toml, const std::string& source) {
    SettingSections sections = parseSettings(toml, source);
    if (!sections.contains(kJob))
        throw Error(ErrorCode::badInput, source + ": there is no section [job], expected a job specification");
    JobSpec spec;
    readJob(sections[kJob], source, spec);
    for (const auto& [key, value] : sections[kRun]) {
        const auto* path = std::get_if<std::string>(&value);
        if (!path || !key.starts_with("file-"))
            throw Error(ErrorCode::badInput,
                        fmt::format("{}: [run]: {} is not file-NUMBER = \"path of a file\"", source, key));
        spec.inputs.push_back(*path);
    }
    const SettingValues derived = sections[kAuto];
    for (const char* ours : {kJob, kRun, kAuto})
        sections.erase(ours);
    for (const auto& [name, unused] : derived) {
        const auto dot = name.find('.');
        if (dot == std::string::npos)
            throw Error(ErrorCode::badInput, fmt::format("{}: [auto]: {} is not \"section.key\"", source, name));
        sections[name.substr(0, dot)][name.substr(dot + 1)] = {};
    }
    spec.settings = std::move(sections);
    return spec;
}

void writeJobSpec(const std::string& path, const JobSpec& spec) {
    writeTextFile(path, jobSpecToToml(spec), {.force = true});
}

JobSpec readJobSpec(const std::string& path) {
    const std::string text = withContext("reading the job " + path, [&] { return readWholeFile(path); });
    return jobSpecFromToml(text, path);
}

} // namespace fxs
