#include "engine/io/nexus.h"

#include <fmt/format.h>

#include <algorithm>

namespace fxs {

h5::Group createNxData(h5::Group& parent, const std::string& name, const std::string& signal,
                       const std::vector<std::string>& axes) {
    h5::Group group = parent.createGroup(name, "NXdata");
    group.setAttribute("signal", signal);
    group.setAttribute("axes", axes);
    for (std::size_t i = 0; i < axes.size(); ++i)
        if (axes[i] != "." && std::count(axes.begin(), axes.end(), axes[i]) == 1)
            group.setAttribute(axes[i] + "_indices", static_cast<double>(i));
    return group;
}

void setDefault(h5::Group& group, const std::string& child) {
    group.setAttribute("default", child);
}

void writeProvenance(h5::Group& entry, const Provenance& provenance) {
    h5::Group group = entry.createGroup("provenance", "NXprocess");
    group.writeText("program", provenance.program);
    group.writeText("version", provenance.version);
    group.writeText("command", provenance.command);
    group.writeText("settings", provenance.settings).setAttribute("format", "TOML");
    group.writeText("start", provenance.start);
    group.writeText("end", provenance.end);
    group.writeText("host", provenance.host);
    group.writeScalar("threads", static_cast<std::int32_t>(provenance.threads));
    h5::Group inputs = group.createGroup("inputs", "NXcollection");
    std::vector<std::string> paths, modified;
    std::vector<std::uint64_t> bytes;
    for (const InputRecord& input : provenance.inputs) {
        paths.push_back(input.path);
        bytes.push_back(input.bytes);
        modified.push_back(input.modified);
    }
    inputs.writeTexts("path", paths);
    inputs.writeVector("bytes", bytes);
    inputs.writeTexts("modified", modified);
}

Provenance readProvenance(const h5::Group& entry) {
    Provenance out;
    if (!entry.hasGroup("provenance"))
        return out;
    const h5::Group group = entry.group("provenance");
    out.program = group.findText("program").value_or("");
    out.version = group.findText("version").value_or("");
    out.command = group.findText("command").value_or("");
    out.settings = group.findText("settings").value_or("");
    out.start = group.findText("start").value_or("");
    out.end = group.findText("end").value_or("");
    out.host = group.findText("host").value_or("");
    out.threads = group.findScalar<std::int32_t>("threads").value_or(0);
    if (!group.hasDataset("inputs/path") || !group.hasDataset("inputs/bytes") || !group.hasDataset("inputs/modified"))
        return out;
    const auto paths = group.dataset("inputs/path").readTexts();
    const auto bytes = group.dataset("inputs/bytes").readVector<std::uint64_t>();
    const auto modified = group.dataset("inputs/modified").readTexts();
    for (std::size_t i = 0; i < std::min({paths.size(), bytes.size(), modified.size()}); ++i)
        out.inputs.push_back({paths[i], bytes[i], modified[i]});
    return out;
}

void writeExperiment(h5::Group& group, const Experiment& experiment) {
    if (experiment.wavelengthKnown) {
        h5::Dataset wavelength = group.writeScalar("wavelength", experiment.wavelengthAngstrom);
        wavelength.setAttribute("units", "angstrom");
        wavelength.setAttribute("note", "0: flat Ewald sphere");
    }
    group.writeText("polarity", experiment.polarity == Polarity::against ? "against" : "along")
        .setAttribute(
            "note", "against: n_z = +sin(theta), theta_q = pi/2 - asin(q wavelength / 4 pi); along: n_z = -sin(theta)");
    if (experiment.particlesKnown)
        group.writeScalar("particles_per_shot", experiment.particlesPerShot);
    group.writeScalar("photons_per_unit", experiment.photonsPerUnit)
        .setAttribute("note", "photons per unit of intensity; 0: noise-free or unknown");
}

Experiment readExperiment(const h5::Group& group) {
    Experiment out;
    if (const auto wavelength = group.findScalar<double>("wavelength")) {
        if (!(*wavelength >= 0) || *wavelength > 1e6)
            throw Error(ErrorCode::badInput,
                        fmt::format("wavelength in {} is {} Å, expected 0 (flat) or a positive number", group.name(),
                                    *wavelength));
        out.wavelengthAngstrom = *wavelength;
        out.wavelengthKnown = true;
    }
    if (const auto polarity = group.findText("polarity")) {
        if (*polarity != "against" && *polarity != "along")
            throw Error(ErrorCode::badInput,
                        fmt::format("polarity in {} is \"{}\", expected against or along", group.name(), *polarity));
        out.polarity = *polarity == "along" ? Polarity::along : Polarity::against;
    }
    if (const auto particles = group.findScalar<double>("particles_per_shot")) {
        if (!(*particles > 0))
            throw Error(ErrorCode::badInput, fmt::format("particles_per_shot in {} is {}, expected a positive number",
                                                         group.name(), *particles));
        out.particlesPerShot = *particles;
        out.particlesKnown = true;
    }
    if (const auto photons = group.findScalar<double>("photons_per_unit")) {
        if (!(*photons >= 0))
            throw Error(
                ErrorCode::badInput,
                fmt::format("photons_per_unit in {} is {}, expected 0 or a positive number", group.name(), *photons));
        out.photonsPerUnit = *photons;
    }
    return out;
}

void writeNxFile(const std::string& path, const WriteOptions& options, const Provenance& provenance,
                 const std::function<void(h5::Group& entry)>& fill) {
    AtomicOutput output(path, options);
    withContext("writing " + path, [&] {
        h5::File file = h5::File::create(output.temporaryPath());
        setDefault(file, "entry");
        {
            h5::Group entry = file.createGroup("entry", "NXentry");
            fill(entry);
            Provenance ended = provenance;
            if (ended.end.empty())
                ended.end = timestampUtc();
            writeProvenance(entry, ended);
        }
        file.close();
    });
    output.commit();
}

} // namespace fxs
