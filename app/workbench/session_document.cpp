#include "app/workbench/session_document.h"

#include "engine/backend/job_settings.h"
#include "engine/core/provenance.h"
#include "engine/core/whole_file.h"
#include "engine/io/atomic_output.h"

#include <QByteArray>
#include <fmt/format.h>
#include <toml++/toml.h>

#include <filesystem>
#include <sstream>

namespace fxs::app {

namespace {

namespace fs = std::filesystem;

constexpr const char* kFormat = "FXS Workbench session";
constexpr std::size_t kLargestMask = std::size_t{1} << 30; // bytes; a damaged shape must not ask for all memory
constexpr std::uintmax_t kLargestFile = std::uintmax_t{256} << 20;

std::string writtenPath(const std::string& path, const std::string& folder) {
    return folder.empty() ? path : fs::path(path).lexically_proximate(folder).string();
}

std::string readPath(const std::string& path, const std::string& folder) {
    const fs::path p(path);
    return (p.is_absolute() || folder.empty() ? p : fs::path(folder) / p).lexically_normal().string();
}

toml::array pathList(const std::vector<std::string>& paths, const std::string& folder) {
    toml::array out;
    for (const std::string& path : paths)
        out.push_back(writtenPath(path, folder));
    return out;
}

/// Whether a setting names a file: those move with the session as its sources do.
bool isFile(const std::string& section, const std::string& key) {
    for (const SettingsSection& known : jobSections())
        for (const SettingInfo& info : known.infos)
            if (known.name == section && info.key == key)
                return info.type == SettingType::file;
    return false;
}

std::string base64(const QByteArray& bytes) {
    return bytes.toBase64().toStdString();
}

toml::table settingsTable(const SettingSections& sections, const std::string& folder) {
    toml::table out;
    for (const auto& [section, values] : sections) {
        toml::table table;
        for (const auto& [key, value] : values)
            std::visit(
                [&, &in = section, &name = key](const auto& v) {
                    using V = std::decay_t<decltype(v)>;
                    if constexpr (std::is_same_v<V, std::string>)
                        table.insert(name, !v.empty() && isFile(in, name) ? writtenPath(v, folder) : v);
                    else if constexpr (!std::is_same_v<V, std::monostate>)
                        table.insert(name, v);
                },
                value);
        out.insert(section, std::move(table));
    }
    return out;
}

toml::table maskTable(const Array<std::uint8_t, 3>& mask) {
    toml::array shape;
    for (const std::size_t n : mask.shape())
        shape.push_back(static_cast<std::int64_t>(n));
    const QByteArray bytes =
        QByteArray::fromRawData(reinterpret_cast<const char*>(mask.data()), static_cast<qsizetype>(mask.size()));
    toml::table out;
    out.insert("shape", std::move(shape));
    out.insert("zlib", base64(qCompress(bytes)));
    return out;
}

/// Reads a parsed document; keeps count of what it does not know.
class Reader {
public:
    Reader(const toml::table& root, std::string source, std::string folder)
        : m_root(root), m_source(std::move(source)), m_folder(std::move(folder)) {}

    SessionDocument read() {
        checkFormat();
        SessionDocument d;
        for (auto&& [key, node] : m_root)
            readEntry(std::string(key.str()), node, d);
        d.warnings = std::move(m_warnings);
        return d;
    }

private:
    [[noreturn]] void fail(ErrorCode code, const std::string& what) const {
        throw Error(code, fmt::format("session {}: {}", m_source, what));
    }

    void checkFormat() const {
        if (m_root["format"].value_or(std::string()) != kFormat)
            fail(ErrorCode::badInput, fmt::format("is TOML, but not a session: expected format = \"{}\"", kFormat));
        const auto version = m_root["version"].value<std::int64_t>();
        if (!version || *version < 1)
            fail(ErrorCode::badInput, "has no version, expected version = 1");
        if (*version > SessionDocument::kVersion)
            fail(ErrorCode::unsupported,
                 fmt::format("was written by a newer program: its format is {}, this one reads up to {}", *version,
                             SessionDocument::kVersion));
    }

    void warn(const std::string& what) { m_warnings.push_back(fmt::format("session {}: {}", m_source, what)); }

    void readEntry(const std::string& key, const toml::node& node, SessionDocument& d) {
        if (key == "format" || key == "version" || key == "program")
            return;
        if (key == "saved")
            d.saved = node.value_or(std::string());
        else if (key == "original")
            d.original = node.value_or(std::string());
        else if (key == "tab")
            d.tab = static_cast<int>(node.value_or(std::int64_t{0}));
        else if (key == "run-on")
            d.place = node.value_or(std::string());
        else if (key == "sources")
            d.sources = paths(key, node);
        else if (key == "results")
            d.results = paths(key, node);
        else if (key == "settings")
            readSettings(node, d);
        else if (key == "views")
            readViews(node, d);
        else if (key == "mask")
            readMask(node, d);
        else if (key == "jobs")
            readJobs(node, d);
        else
            warn(fmt::format("{} is not known to this version and was left out", key));
    }

    std::vector<std::string> paths(const std::string& key, const toml::node& node) {
        std::vector<std::string> out;
        const auto* list = node.as_array();
        if (!list)
            fail(ErrorCode::badInput, key + " is not a list of files");
        for (const toml::node& item : *list)
            if (const auto* text = item.as_string())
                out.push_back(readPath(text->get(), m_folder));
            else
                warn(fmt::format("an entry of {} is not a file's name and was left out", key));
        return out;
    }

    void readSettings(const toml::node& node, SessionDocument& d) {
        const auto* sections = node.as_table();
        if (!sections)
            fail(ErrorCode::badInput, "settings is not a table");
        for (auto&& [name, content] : *sections) {
            const auto* table = content.as_table();
            if (!table) {
                warn(fmt::format("settings.{} is not a table and was left out", name.str()));
                continue;
            }
            for (auto&& [key, value] : *table) {
                const std::string section(name.str()), setting(key.str());
                SettingValue& into = d.settings[section][setting];
                if (const auto* text = value.as_string())
                    into = !text->get().empty() && isFile(section, setting) ? readPath(text->get(), m_folder)
                                                                            : text->get();
                else if (const auto* whole = value.as_integer())
                    into = whole->get();
                else if (const auto* real = value.as_floating_point())
                    into = real->get();
                else if (const auto* flag = value.as_boolean())
                    into = flag->get();
                else
                    warn(fmt::format("settings.{}.{} is of a kind no setting has and was left out", name.str(),
                                     key.str()));
            }
        }
    }

    void readViews(const toml::node& node, SessionDocument& d) {
        const auto* table = node.as_table();
        if (!table)
            return warn("views is not a table and was left out");
        for (auto&& [key, value] : *table)
            if (const auto* text = value.as_string())
                d.views[std::string(key.str())] =
                    QByteArray::fromBase64(QByteArray::fromStdString(text->get())).toStdString();
    }

    void readMask(const toml::node& node, SessionDocument& d) {
        const auto* table = node.as_table();
        const toml::array* shape = table ? (*table)["shape"].as_array() : nullptr;
        std::array<std::size_t, 3> n{};
        std::size_t size = shape && shape->size() == 3 ? 1 : 0;
        for (std::size_t i = 0; i < 3 && size > 0; ++i) {
            const auto length = shape->get(i)->value_or(std::int64_t{0});
            const bool fits = length > 0 && static_cast<std::uint64_t>(length) <= kLargestMask / size;
            n[i] = fits ? static_cast<std::size_t>(length) : 0;
            size *= n[i];
        }
        const QByteArray packed =
            table ? QByteArray::fromBase64(QByteArray::fromStdString((*table)["zlib"].value_or(std::string())))
                  : QByteArray();
        // qUncompress believes the length in front of the bytes: it must be the shape's before anything is allocated.
        const auto byte = [&](int i) { return std::size_t{static_cast<unsigned char>(packed[i])}; };
        const bool whole =
            size > 0 && packed.size() > 4 && (byte(0) << 24 | byte(1) << 16 | byte(2) << 8 | byte(3)) == size;
        const QByteArray bytes = whole ? qUncompress(packed) : QByteArray();
        if (size == 0 || static_cast<std::size_t>(bytes.size()) != size)
            return warn("its mask is damaged and was left out");
        auto mask = std::make_shared<Array<std::uint8_t, 3>>(n);
        std::memcpy(mask->data(), bytes.constData(), size);
        d.mask = std::move(mask);
    }

    void readJobs(const toml::node& node, SessionDocument& d) {
        const auto* list = node.as_array();
        for (std::size_t i = 0; list && i < list->size(); ++i)
            if (const auto* t = list->get(i)->as_table()) {
                const auto text = [&](const char* key) { return (*t)[key].value_or(std::string()); };
                const std::string folder = text("folder");
                d.jobs.push_back({text("id"), text("name"), text("where"),
                                  folder.empty() ? folder : readPath(folder, m_folder), text("state"), text("started"),
                                  text("ended"), text("place"), text("spec")});
            }
    }

    const toml::table& m_root;
    std::string m_source, m_folder;
    std::vector<std::string> m_warnings;
};

std::string folderOf(const std::string& path) {
    return fs::absolute(path).parent_path().lexically_normal().string();
}

} // namespace

std::string toToml(const SessionDocument& d, const std::string& folder) {
    toml::table root;
    root.insert("format", kFormat);
    root.insert("version", SessionDocument::kVersion);
    root.insert("program", versionString());
    root.insert("saved", d.saved);
    if (!d.original.empty())
        root.insert("original", d.original);
    root.insert("sources", pathList(d.sources, folder));
    root.insert("results", pathList(d.results, folder));
    root.insert("tab", d.tab);
    if (!d.place.empty())
        root.insert("run-on", d.place);
    root.insert("settings", settingsTable(d.settings, folder));
    toml::table views;
    for (const auto& [name, state] : d.views)
        views.insert(name, base64(QByteArray::fromStdString(state)));
    root.insert("views", std::move(views));
    if (d.mask && !d.mask->empty())
        root.insert("mask", maskTable(*d.mask));
    toml::array jobs;
    for (const SessionJob& job : d.jobs) {
        toml::table table;
        table.insert("id", job.id);
        table.insert("name", job.name);
        table.insert("where", job.where);
        table.insert("folder", job.folder.empty() ? job.folder : writtenPath(job.folder, folder));
        table.insert("state", job.state);
        table.insert("started", job.started);
        table.insert("ended", job.ended);
        if (!job.place.empty())
            table.insert("place", job.place);
        if (!job.spec.empty())
            table.insert("spec", job.spec);
        jobs.push_back(std::move(table));
    }
    root.insert("jobs", std::move(jobs));
    std::ostringstream out;
    out << toml::toml_formatter(root) << '\n';
    return out.str();
}

SessionDocument parseSession(const std::string& text, const std::string& source, const std::string& folder) {
    toml::table root;
    try {
        root = toml::parse(text, source);
    } catch (const toml::parse_error& error) {
        throw Error(ErrorCode::badInput, fmt::format("session {}, line {}: {}", source, error.source().begin.line,
                                                     std::string(error.description())));
    }
    return Reader(root, source, folder).read();
}

SessionDocument readSession(const std::string& path) {
    const std::string text = withContext("session " + path, [&] { return readWholeFile(path, kLargestFile); });
    return parseSession(text, path, folderOf(path));
}

void writeSession(const std::string& path, const SessionDocument& document, bool relativePaths) {
    const std::string text = toToml(document, relativePaths ? folderOf(path) : std::string());
    withContext("saving session", [&] { writeTextFile(path, text, {.force = true}); });
}

} // namespace fxs::app
