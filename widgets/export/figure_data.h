#pragma once

#include "widgets/plot/curve_plot.h"
#include "widgets/plot/heat_map.h"

#include <QString>
#include <QStringList>
#include <string>
#include <vector>

namespace fxs::ui {

/// The numbers behind a figure, as plain values: a picture, or curves. Cheap to copy (a picture is shared), so that tables are
/// written away from the GUI thread.
struct FigureData {
    QString title;
    QStringList provenance; ///< lines for people: program, run, settings
    AxisText x, y, value;   ///< value: of a picture
    PicturePtr picture;
    std::vector<Curve> curves;

    bool isEmpty() const;
};

/// Takes the data of a HeatMap or a CurvePlot; empty for any other widget. The title is that of the Panel around it, or else the
/// plot's own. GUI thread.
FigureData figureDataOf(const QWidget& plot);

/// How a table is separated and whether the header is there.
enum class TableKind {
    csv,      ///< commas, with a header of '#' lines: title, units, provenance
    clipboard ///< tabs, the column names only: what spreadsheets paste
};

/// A picture as a matrix: the first line holds x, the first column y. Curves as columns x, y, standard error; curves that share their
/// x share its column. Numbers are as short as gives them back exactly; "nan" is a value that there is not. UTF-8.
/// Cost: 10 million numbers a second. Any thread.
std::string tableText(const FigureData& data, TableKind kind);

/// "C2_q_q_delta_phi" of "C₂(q, q, Δφ)": letters, digits and underscores, for names of files and datasets; never empty.
std::string asciiName(const QString& text);

/// Curves that have the same x, by index, in order.
std::vector<std::vector<std::size_t>> curvesBySharedX(const std::vector<Curve>& curves);

} // namespace fxs::ui
