#include "widgets/export/figure_export.h"

#include "engine/core/error.h"
#include "engine/core/provenance.h"
#include "engine/io/atomic_output.h"
#include "widgets/export/figure_drawing.h"
#include "widgets/export/figure_hdf5.h"
#include "widgets/plot/panel.h"
#include "widgets/theme/line_icon.h"

#include <QtWidgets>
#include <algorithm>
#include <exception>
#include <optional>

namespace fxs::ui {

namespace {

constexpr const char* kAdded = "fxsExport"; // property of a plot or panel that has its menu

std::string fileName(const QString& path) {
    return QFile::encodeName(path).toStdString();
}

/// A title line's button: its picture follows the palette.
class ExportButton : public QToolButton {
public:
    ExportButton() {
        setAutoRaise(true);
        setPopupMode(InstantPopup);
        setToolTip(QObject::tr("Copy or export this figure: picture, vector graphics, or its numbers"));
        setAccessibleName(QObject::tr("Export figure"));
        setFocusPolicy(Qt::TabFocus);
        setIcon(lineIcon(QStringLiteral("export"), palette()));
        setStyleSheet(QStringLiteral("QToolButton::menu-indicator { image: none; }"));
    }

protected:
    void changeEvent(QEvent* event) override {
        QToolButton::changeEvent(event);
        if (event->type() == QEvent::PaletteChange)
            setIcon(lineIcon(QStringLiteral("export"), palette()));
    }
};

QList<QWidget*> figuresIn(QWidget* tree) {
    QList<QWidget*> figures;
    for (QWidget* widget : tree->findChildren<QWidget*>())
        if (plotOf(*widget))
            figures << widget;
    return figures;
}

QByteArray pngOf(const QImage& image) {
    QByteArray bytes;
    QBuffer buffer(&bytes);
    buffer.open(QIODevice::WriteOnly);
    if (!image.save(&buffer, "PNG"))
        throw Error(ErrorCode::io, "the picture is too large");
    return bytes;
}

} // namespace

QString figureFormatName(FigureFormat format) {
    static const QStringList names{QStringLiteral("PNG"), QStringLiteral("PDF"), QStringLiteral("SVG"),
                                   QStringLiteral("CSV"), QStringLiteral("HDF5")};
    return names[static_cast<int>(format)];
}

QString figureFormatSuffix(FigureFormat format) {
    return format == FigureFormat::hdf5 ? QStringLiteral("h5") : figureFormatName(format).toLower();
}

FigureExport::FigureExport(Background& background, QObject* parent)
    : QObject(parent), m_background(background), m_white(new QAction(tr("On white"), this)),
      m_cursors(new QAction(tr("With cursor lines"), this)) {
    m_white->setCheckable(true);
    m_white->setChecked(true);
    m_white->setToolTip(tr("Dark letters on white, as print wants it; off: the colours on screen"));
    m_cursors->setCheckable(true);
    m_cursors->setToolTip(tr("Draws the crosshair too"));
}

void FigureExport::setWhiteBackground(bool on) {
    m_white->setChecked(on);
}

void FigureExport::setWithCursors(bool on) {
    m_cursors->setChecked(on);
}

void FigureExport::setPngScale(int scale) {
    m_pngScale = std::clamp(scale, 1, 8);
}

void FigureExport::add(QWidget* tree) {
    if (plotOf(*tree))
        addFigure(tree);
    for (QWidget* figure : figuresIn(tree))
        addFigure(figure);
    for (Panel* panel : tree->findChildren<Panel*>())
        addButton(panel);
    if (auto* panel = qobject_cast<Panel*>(tree))
        addButton(panel);
}

void FigureExport::addFigure(QWidget* figure) {
    if (figure->property(kAdded).toBool())
        return;
    figure->setProperty(kAdded, true);
    QMenu* menu = makeMenu(figure, figure);
    figure->addActions(menu->actions());
    // QCustomPlot keeps mouse events from its parents, so the menu is opened on its behalf.
    QWidget* plot = figure->findChild<QWidget*>(QString(), Qt::FindDirectChildrenOnly);
    plot->setContextMenuPolicy(Qt::CustomContextMenu);
    connect(plot, &QWidget::customContextMenuRequested, figure, [figure, plot](QPoint position) {
        auto* popup = new QMenu(figure);
        popup->setAttribute(Qt::WA_DeleteOnClose);
        popup->addActions(figure->actions());
        popup->popup(plot->mapToGlobal(position));
    });
}

void FigureExport::addButton(QWidget* widget) {
    auto* panel = static_cast<Panel*>(widget);
    const QList<QWidget*> figures = figuresIn(panel);
    if (figures.isEmpty() || panel->property(kAdded).toBool())
        return;
    panel->setProperty(kAdded, true);
    auto* button = new ExportButton;
    if (figures.size() == 1) {
        button->setMenu(makeMenu(figures.front(), button));
    } else {
        auto* menu = new QMenu(button);
        for (QWidget* figure : figures) {
            QMenu* one = makeMenu(figure, menu);
            one->setTitle(figure->accessibleName());
            menu->addMenu(one);
            connect(menu, &QMenu::aboutToShow, figure, [figure, one] {
                one->setTitle(figure->accessibleName());
                one->menuAction()->setVisible(figure->isVisible());
            });
        }
        button->setMenu(menu);
    }
    panel->addControl(button);
}

QMenu* FigureExport::makeMenu(QWidget* figure, QWidget* owner) {
    auto* menu = new QMenu(owner);
    QAction* copy = menu->addAction(lineIcon(QStringLiteral("copy"), owner->palette()), tr("&Copy figure"), figure,
                                    [this, figure] { copyFigure(figure); });
    copy->setToolTip(tr("Puts the picture on the clipboard, as pixels and as SVG"));
    menu->addAction(tr("Copy &data"), figure, [this, figure] { copyData(figure); })
        ->setToolTip(tr("Puts the numbers on the clipboard, as a table for spreadsheets"));
    menu->addSeparator();
    for (int i = 0; i < kFigureFormatCount; ++i) {
        const auto format = static_cast<FigureFormat>(i);
        menu->addAction(tr("Export as %1…").arg(figureFormatName(format)), figure,
                        [this, figure, format] { askAndSave(figure, format); });
    }
    menu->addSeparator();
    menu->addMenu(makeOptions(menu));
    menu->setToolTipsVisible(true);
    return menu;
}

QMenu* FigureExport::makeOptions(QWidget* owner) {
    auto* menu = new QMenu(tr("Options"), owner);
    menu->setToolTipsVisible(true);
    menu->addAction(m_white);
    menu->addAction(m_cursors);
    menu->addSection(tr("Size of PNG and copies"));
    auto* scales = new QActionGroup(menu);
    for (const int scale : {1, 2, 3, 4, 6}) {
        QAction* action =
            menu->addAction(tr("%1 × the screen").arg(scale), this, [this, scale] { setPngScale(scale); });
        action->setCheckable(true);
        scales->addAction(action);
        connect(menu, &QMenu::aboutToShow, action, [this, action, scale] { action->setChecked(m_pngScale == scale); });
    }
    return menu;
}

FigureData FigureExport::dataOf(const QWidget& figure) const {
    FigureData data = figureDataOf(figure);
    data.provenance << tr("FXS Workbench %1, %2")
                           .arg(QString::fromStdString(versionString()), QString::fromStdString(timestampUtc()));
    if (m_provenance)
        data.provenance << m_provenance();
    return data;
}

bool FigureExport::isEmpty(const QWidget& figure) {
    const FigureData data = figureDataOf(figure);
    if (!data.isEmpty())
        return false;
    Q_EMIT failed(tr("%1: there is nothing to export yet").arg(data.title));
    return true;
}

Drawing FigureExport::drawingOf(QWidget& figure, const FigureData& data) const {
    return draw(figure, {.light = m_white->isChecked(),
                         .cursors = m_cursors->isChecked(),
                         .scale = static_cast<double>(m_pngScale),
                         .title = data.title,
                         .description = data.provenance.join(QLatin1Char('\n'))});
}

void FigureExport::copyFigure(QWidget* figure) {
    if (isEmpty(*figure))
        return;
    const FigureData data = dataOf(*figure);
    ++m_open;
    m_background.run(
        [guard = QPointer(this), drawing = drawingOf(*figure, data), title = data.title]() -> std::function<void()> {
            const QImage image = toImage(drawing);
            const QByteArray svg = toSvg(drawing);
            return [guard, image, svg, title] {
                if (!guard)
                    return;
                --guard->m_open;
                auto* mime = new QMimeData;
                mime->setImageData(image);
                mime->setData(QStringLiteral("image/svg+xml"), svg);
                QGuiApplication::clipboard()->setMimeData(mime);
                Q_EMIT guard->copied(tr("%1: figure copied").arg(title));
            };
        });
}

void FigureExport::copyData(QWidget* figure) {
    if (isEmpty(*figure))
        return;
    ++m_open;
    m_background.run([guard = QPointer(this), data = dataOf(*figure)]() -> std::function<void()> {
        const QString text = QString::fromStdString(tableText(data, TableKind::clipboard));
        return [guard, text, title = data.title] {
            if (!guard)
                return;
            --guard->m_open;
            QGuiApplication::clipboard()->setText(text);
            Q_EMIT guard->copied(tr("%1: data copied").arg(title));
        };
    });
}

void FigureExport::askAndSave(QWidget* figure, FigureFormat format) {
    if (isEmpty(*figure))
        return;
    auto* dialog = new QFileDialog(figure->window(), tr("Export as %1").arg(figureFormatName(format)), m_folder);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(figureFormatSuffix(format));
    dialog->setNameFilter(tr("%1 files (*.%2)").arg(figureFormatName(format), figureFormatSuffix(format)));
    dialog->selectFile(QString::fromStdString(asciiName(figureDataOf(*figure).title)) + QLatin1Char('.') +
                       figureFormatSuffix(format));
    connect(dialog, &QFileDialog::fileSelected, figure, [this, figure, format](const QString& path) {
        m_folder = QFileInfo(path).absolutePath();
        save(figure, format, path);
    });
    dialog->open();
}

void FigureExport::save(QWidget* figure, FigureFormat format, const QString& path) {
    if (isEmpty(*figure))
        return;
    const FigureData data = dataOf(*figure);
    const auto writeDrawing = [&](auto make) {
        write(path, [drawing = drawingOf(*figure, data), make, file = fileName(path)] {
            writeTextFile(file, make(drawing).toStdString(), {.force = true});
        });
    };
    switch (format) {
    case FigureFormat::png:
        return writeDrawing([](const Drawing& drawing) { return pngOf(toImage(drawing)); });
    case FigureFormat::pdf:
        return writeDrawing(&toPdf);
    case FigureFormat::svg:
        return writeDrawing(&toSvg);
    case FigureFormat::csv:
        return write(path, [data, file = fileName(path)] {
            writeTextFile(file, tableText(data, TableKind::csv), {.force = true});
        });
    case FigureFormat::hdf5:
        return write(path, [data, file = fileName(path)] { writeFigureHdf5(data, file); });
    }
}

void FigureExport::write(const QString& path, std::function<void()> writeIt) {
    ++m_open;
    m_background.run([guard = QPointer(this), path, writeIt = std::move(writeIt)]() -> std::function<void()> {
        std::optional<QString> problem;
        try {
            withContext("exporting a figure", writeIt);
        } catch (const std::exception& error) {
            problem = QString::fromUtf8(error.what());
        }
        return [guard, path, problem] {
            if (!guard)
                return;
            --guard->m_open;
            if (problem)
                Q_EMIT guard->failed(*problem);
            else
                Q_EMIT guard->exported(path);
        };
    });
}

} // namespace fxs::ui
