#pragma once

#include "widgets/background/background.h"
#include "widgets/export/figure_data.h"
#include "widgets/export/figure_drawing.h"

#include <QObject>
#include <QPointer>
#include <QString>
#include <QStringList>
#include <functional>

class QAction;
class QMenu;
class QWidget;

namespace fxs::ui {

enum class FigureFormat { png, pdf, svg, csv, hdf5 };
inline constexpr int kFigureFormatCount = 5;
QString figureFormatName(FigureFormat format);   ///< "PNG"
QString figureFormatSuffix(FigureFormat format); ///< "png", "h5"

/// Gives plots a menu: copy figure, copy data, export as PNG, PDF, SVG, CSV, HDF5. It is the context menu of every HeatMap and
/// CurvePlot (beside whatever actions they have) and a button in the title line of the Panel around them. One for a window.
///
///     m_export = new FigureExport(background, this);
///     m_export->add(window); // all plots below it; again when more have been made
///     connect(m_export, &FigureExport::failed, ...);
/// Files:   whole or not at all; a name that the user chose is replaced (the dialog asked).
/// Threads: GUI thread, which draws (see figure_drawing.h) and takes the numbers; tables, compression and writing are background work.
/// Errors:  failed() with a sentence that names the file and what went wrong; nothing is thrown.
class FigureExport : public QObject {
    Q_OBJECT

public:
    explicit FigureExport(Background& background, QObject* parent = nullptr);

    /// Every HeatMap and CurvePlot in the tree, and their panels. Those that have a menu already are left alone.
    void add(QWidget* tree);
    /// Lines that go into the header of tables and the notes of files: which run, which job. Asked at each export.
    void setProvenance(std::function<QStringList()> lines) { m_provenance = std::move(lines); }

    void setWhiteBackground(bool on); ///< on (default): as print wants it; off: the colours on screen
    void setWithCursors(bool on);     ///< default off
    void setPngScale(int scale);      ///< 1 to 8, default 2

    void copyFigure(QWidget* figure);
    void copyData(QWidget* figure);
    /// Asks for a name (a dialog that blocks nothing), then exports.
    void askAndSave(QWidget* figure, FigureFormat format);
    void save(QWidget* figure, FigureFormat format, const QString& path);
    bool isBusy() const { return m_open > 0; }

Q_SIGNALS:
    void exported(const QString& path);
    void copied(const QString& what); ///< a sentence for the status line
    void failed(const QString& message);

private:
    void addFigure(QWidget* figure);
    void addButton(QWidget* panel);
    QMenu* makeMenu(QWidget* figure, QWidget* owner);
    QMenu* makeOptions(QWidget* owner);
    FigureData dataOf(const QWidget& figure) const;
    Drawing drawingOf(QWidget& figure, const FigureData& data) const;
    bool isEmpty(const QWidget& figure);
    /// Runs write in the background, then says how it went.
    void write(const QString& path, std::function<void()> writeIt);

    Background& m_background;
    std::function<QStringList()> m_provenance;
    QAction *m_white, *m_cursors;
    QString m_folder;
    int m_pngScale = 2;
    int m_open = 0;
};

} // namespace fxs::ui
