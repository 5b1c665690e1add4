#include "widgets/export/figure_hdf5.h"

#include "engine/core/provenance.h"
#include "engine/io/atomic_output.h"
#include "engine/io/hdf5.h"
#include "widgets/plot/plot_style.h"

#include <algorithm>
#include <set>

namespace fxs::ui {

namespace {

/// A name that the group does not have yet.
std::string freeName(std::set<std::string>& used, const std::string& wanted) {
    std::string name = wanted;
    for (int i = 2; !used.insert(name).second; ++i)
        name = wanted + "_" + std::to_string(i);
    return name;
}

void describe(h5::Dataset dataset, const AxisText& text, const QString& longName = {}) {
    if (!text.unit.isEmpty())
        dataset.setAttribute("units", text.unit.toStdString());
    dataset.setAttribute("long_name",
                         axisLabel(longName.isEmpty() ? text.quantity : longName, text.unit).toStdString());
}

std::vector<double> places(double first, double last, std::size_t count) {
    std::vector<double> out(count, first);
    for (std::size_t i = 1; i < count; ++i)
        out[i] = first + (last - first) * static_cast<double>(i) / static_cast<double>(count - 1);
    return out;
}

void writePicture(h5::Group& group, const FigureData& data) {
    std::set<std::string> used{"title"};
    const Picture& p = *data.picture;
    const std::string signal = freeName(used, asciiName(data.value.quantity));
    const std::string y = freeName(used, asciiName(data.y.quantity)), x = freeName(used, asciiName(data.x.quantity));
    constexpr std::size_t kWorthCompressing = 1 << 16;
    const h5::Storage storage = p.values.size() >= kWorthCompressing
                                    ? h5::Storage{.chunk = {std::min<std::size_t>(p.rows, 128), p.columns}, .gzip = 4}
                                    : h5::Storage{};
    describe(group.write(signal, View<const float, 2>(p.values.data(), {p.rows, p.columns}), storage), data.value);
    describe(group.writeVector(y, places(p.yFirst, p.yLast, p.rows)), data.y);
    describe(group.writeVector(x, places(p.xFirst, p.xLast, p.columns)), data.x);
    group.setAttribute("signal", signal);
    group.setAttribute("axes", std::vector<std::string>{y, x});
}

void writeCurves(h5::Group& group, const FigureData& data, const std::vector<std::size_t>& curves) {
    std::set<std::string> used{"title"};
    const std::string x = freeName(used, asciiName(data.x.quantity));
    describe(group.writeVector(x, data.curves[curves.front()].x), data.x);
    std::vector<std::string> signals_;
    for (const std::size_t i : curves) {
        const Curve& curve = data.curves[i];
        const QString name = curve.name.isEmpty() ? data.y.quantity : curve.name;
        signals_.push_back(freeName(used, asciiName(name)));
        describe(group.writeVector(signals_.back(), curve.y), data.y, name);
        if (curve.error.size() == curve.y.size() && !curve.error.empty())
            describe(group.writeVector(signals_.back() + "_errors", curve.error), data.y,
                     QObject::tr("standard error of %1").arg(name));
    }
    group.setAttribute("signal", signals_.front());
    if (signals_.size() > 1)
        group.setAttribute("auxiliary_signals", std::vector<std::string>(signals_.begin() + 1, signals_.end()));
    group.setAttribute("axes", std::vector<std::string>{x});
}

void writeNotes(h5::Group& entry, const FigureData& data) {
    h5::Group notes = entry.createGroup("notes", "NXcollection");
    notes.writeText("program", "FXS Workbench " + versionString());
    notes.writeText("date", timestampUtc());
    std::vector<std::string> lines;
    for (const QString& line : data.provenance)
        lines.push_back(line.toStdString());
    if (!lines.empty())
        notes.writeTexts("provenance", lines);
}

void write(h5::File& file, const FigureData& data) {
    file.setAttribute("NX_class", "NXroot");
    file.setAttribute("default", "entry");
    h5::Group entry = file.createGroup("entry", "NXentry");
    entry.setAttribute("default", "figure");
    entry.writeText("title", data.title.toStdString());
    writeNotes(entry, data);
    const bool isPicture = data.picture && !data.picture->values.empty();
    const auto groups = isPicture ? std::vector<std::vector<std::size_t>>{{}} : curvesBySharedX(data.curves);
    for (std::size_t g = 0; g < groups.size(); ++g) {
        h5::Group group = entry.createGroup(g == 0 ? "figure" : "figure_" + std::to_string(g + 1), "NXdata");
        group.writeText("title", data.title.toStdString());
        if (isPicture)
            writePicture(group, data);
        else
            writeCurves(group, data, groups[g]);
    }
}

} // namespace

void writeFigureHdf5(const FigureData& data, const std::string& path) {
    AtomicOutput output(path, {.force = true});
    {
        h5::File file = h5::File::create(output.temporaryPath());
        write(file, data);
        file.close();
    }
    output.commit();
}

} // namespace fxs::ui
