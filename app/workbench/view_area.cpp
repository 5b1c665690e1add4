#include "app/workbench/view_area.h"

#include <QtWidgets>

namespace fxs::app {

namespace {
constexpr int kStateVersion = 1;
constexpr int kTearDistance = 32; // pixels below or above the bar from which a dragged tab is torn off
} // namespace

/// A window around one page; closing it is a wish to have the page back among the tabs.
class ViewArea::FloatingWindow : public QWidget {
public:
    FloatingWindow(ViewArea& area, int index, const Page& page)
        : QWidget(area.window(), Qt::Window), m_area(area), m_index(index) {
        setWindowTitle(ViewArea::tr("%1 — FXS Workbench").arg(page.title));
        setObjectName(QStringLiteral("floating-") + page.name);
        setAttribute(Qt::WA_QuitOnClose, false);
        auto* layout = new QVBoxLayout(this);
        layout->setContentsMargins(0, 0, 0, 0);
        layout->addWidget(page.widget);
        page.widget->show();
    }

protected:
    void closeEvent(QCloseEvent* event) override {
        event->ignore();
        // Not from inside the event: the window is deleted by it.
        QMetaObject::invokeMethod(
            &m_area, [area = &m_area, index = m_index] { area->setFloating(index, false); }, Qt::QueuedConnection);
    }

private:
    ViewArea& m_area;
    int m_index;
};

ViewArea::ViewArea(QWidget* parent) : QWidget(parent), m_tabs(new QTabWidget) {
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_tabs);
    m_tabs->setDocumentMode(true);
    m_tabs->setAccessibleName(tr("Views"));
    QTabBar* bar = m_tabs->tabBar();
    bar->setAccessibleName(tr("Views"));
    bar->setContextMenuPolicy(Qt::CustomContextMenu);
    bar->installEventFilter(this);
    connect(bar, &QWidget::customContextMenuRequested, this, &ViewArea::tabMenu);
    connect(bar, &QTabBar::tabBarDoubleClicked, this, [this](int tab) {
        if (tab >= 0)
            setFloating(indexOf(m_tabs->widget(tab)), true);
    });
    connect(m_tabs, &QTabWidget::currentChanged, this, [this](int tab) {
        if (!m_moving && tab >= 0)
            setCurrent(indexOf(m_tabs->widget(tab)));
    });
    connect(qApp, &QApplication::focusChanged, this, [this](QWidget*, QWidget* now) {
        // Of tiles and windows that are all in sight, the one that is worked in is the current.
        for (; now; now = now->parentWidget())
            if (const int index = indexOf(now); index >= 0) {
                setCurrent(index);
                return;
            }
    });
}

ViewArea::~ViewArea() {
    disconnect(qApp, nullptr, this, nullptr);
}

int ViewArea::addPage(QWidget* page, const QString& title, const QString& name) {
    m_pages.push_back({.widget = page, .title = title, .name = name});
    m_tabs->addTab(page, title);
    const int index = pageCount() - 1;
    m_tabs->setTabToolTip(index, tr("%1: drag out or double-click to float").arg(title));
    return index;
}

QWidget* ViewArea::page(int index) const {
    return index >= 0 && index < pageCount() ? m_pages[static_cast<std::size_t>(index)].widget : nullptr;
}

QString ViewArea::title(int index) const {
    return page(index) ? m_pages[static_cast<std::size_t>(index)].title : QString();
}

int ViewArea::indexOf(const QWidget* widget) const {
    for (int i = 0; i < pageCount(); ++i)
        if (page(i) == widget)
            return i;
    return -1;
}

void ViewArea::setCurrent(int index) {
    if (index < 0 || index == m_current)
        return;
    m_current = index;
    Q_EMIT currentChanged(index);
}

void ViewArea::show(int index) {
    if (!page(index))
        return;
    if (isFloating(index)) {
        page(index)->window()->raise();
        page(index)->window()->activateWindow();
    } else if (!m_tiled) {
        m_tabs->setCurrentWidget(page(index));
    }
    setCurrent(index);
}

bool ViewArea::isFloating(int index) const {
    return page(index) && m_pages[static_cast<std::size_t>(index)].window;
}

void ViewArea::setFloating(int index, bool on) {
    if (!page(index) || on == isFloating(index))
        return;
    Page& page = m_pages[static_cast<std::size_t>(index)];
    if (on) {
        const QSize size = page.widget->size();
        if (m_tiled)
            clearTiles();
        m_moving = true;
        m_tabs->removeTab(m_tabs->indexOf(page.widget));
        m_moving = false;
        page.window = new FloatingWindow(*this, index, page);
        page.window->resize(size.expandedTo({500, 400}));
        page.window->move(window()->pos() + QPoint(60 + 30 * index, 90 + 30 * index));
        page.window->show();
        if (m_tiled)
            toTiles();
        setCurrent(index);
    } else {
        FloatingWindow* window = std::exchange(page.window, nullptr);
        if (m_tiled)
            clearTiles();
        toTabs(index);
        window->hide();
        window->deleteLater();
        if (m_tiled)
            toTiles();
        else
            show(index);
    }
    Q_EMIT arrangementChanged();
}

/// Puts a page into the bar at its place among those that are there.
void ViewArea::toTabs(int index) {
    const Page& page = m_pages[static_cast<std::size_t>(index)];
    int at = 0;
    for (int i = 0; i < index; ++i)
        at += m_tabs->indexOf(this->page(i)) >= 0;
    m_moving = true;
    m_tabs->insertTab(at, page.widget, page.title);
    m_tabs->setTabToolTip(at, tr("%1: drag out or double-click to float").arg(page.title));
    m_moving = false;
}

void ViewArea::setTiled(bool on) {
    if (on == m_tiled)
        return;
    m_tiled = on;
    if (on)
        toTiles();
    else
        clearTiles();
    Q_EMIT arrangementChanged();
}

void ViewArea::toTiles() {
    m_tiles = new QSplitter(Qt::Vertical);
    QSplitter* row = nullptr;
    int inRow = 0;
    m_moving = true;
    for (int i = 0; i < pageCount(); ++i) {
        Page& page = m_pages[static_cast<std::size_t>(i)];
        if (page.window)
            continue;
        if (!row || inRow == 2) {
            row = new QSplitter(Qt::Horizontal);
            row->setChildrenCollapsible(false);
            m_tiles->addWidget(row);
            inRow = 0;
        }
        page.tile = new QWidget;
        auto* column = new QVBoxLayout(page.tile);
        column->setContentsMargins(0, 0, 0, 0);
        column->setSpacing(0);
        auto* heading = new QLabel(page.title);
        heading->setContentsMargins(8, 2, 8, 2);
        QFont bold = heading->font();
        bold.setWeight(QFont::DemiBold);
        heading->setFont(bold);
        column->addWidget(heading);
        m_tabs->removeTab(m_tabs->indexOf(page.widget));
        column->addWidget(page.widget, 1);
        page.widget->show();
        row->addWidget(page.tile);
        ++inRow;
    }
    m_moving = false;
    m_tiles->setChildrenCollapsible(false);
    m_tabs->hide();
    layout()->addWidget(m_tiles);
    // Equal tiles to begin with; the splitters may be moved.
    for (QSplitter* splitter : m_tiles->findChildren<QSplitter*>())
        splitter->setSizes(QList<int>(splitter->count(), 1000));
    m_tiles->setSizes(QList<int>(m_tiles->count(), 1000));
}

void ViewArea::clearTiles() {
    if (!m_tiles)
        return;
    const int front = m_current;
    for (int i = 0; i < pageCount(); ++i) {
        Page& page = m_pages[static_cast<std::size_t>(i)];
        if (!page.window)
            toTabs(i);
        page.tile = nullptr;
    }
    std::exchange(m_tiles, nullptr)->deleteLater();
    m_tabs->show();
    if (!isFloating(front))
        m_tabs->setCurrentWidget(page(front));
}

void ViewArea::hideWindows() {
    for (const Page& page : m_pages)
        if (page.window)
            page.window->hide();
}

void ViewArea::reset() {
    setTiled(false);
    for (int i = 0; i < pageCount(); ++i)
        setFloating(i, false);
}

QByteArray ViewArea::saveState() const {
    QByteArray state;
    QDataStream out(&state, QIODevice::WriteOnly);
    out << kStateVersion << m_tiled << m_current << pageCount();
    for (const Page& page : m_pages)
        out << page.name << (page.window ? page.window->saveGeometry() : QByteArray());
    return state;
}

bool ViewArea::restoreState(const QByteArray& state) {
    QDataStream in(state);
    int version = 0, current = 0, count = 0;
    bool tiled = false;
    in >> version >> tiled >> current >> count;
    if (in.status() != QDataStream::Ok || version != kStateVersion || count < 0 || count > 64)
        return false;
    reset();
    for (int i = 0; i < count; ++i) {
        QString name;
        QByteArray geometry;
        in >> name >> geometry;
        for (int p = 0; p < pageCount() && !geometry.isEmpty(); ++p)
            if (m_pages[static_cast<std::size_t>(p)].name == name) {
                setFloating(p, true);
                m_pages[static_cast<std::size_t>(p)].window->restoreGeometry(geometry);
            }
    }
    setTiled(tiled);
    show(current);
    return true;
}

void ViewArea::tabMenu(const QPoint& where) {
    const int tab = m_tabs->tabBar()->tabAt(where);
    QMenu menu(this);
    if (tab >= 0) {
        const int index = indexOf(m_tabs->widget(tab));
        menu.addAction(tr("&Float"), this, [this, index] { setFloating(index, true); });
    }
    menu.addAction(tr("&Tile views"), this, [this] { setTiled(true); });
    menu.exec(m_tabs->tabBar()->mapToGlobal(where));
}

bool ViewArea::eventFilter(QObject* watched, QEvent* event) {
    QTabBar* bar = m_tabs->tabBar();
    if (watched != bar)
        return QWidget::eventFilter(watched, event);
    if (event->type() == QEvent::MouseButtonPress) {
        const auto* mouse = static_cast<QMouseEvent*>(event);
        m_draggedTab = mouse->button() == Qt::LeftButton ? bar->tabAt(mouse->pos()) : -1;
    } else if (event->type() == QEvent::MouseButtonRelease) {
        m_draggedTab = -1;
    } else if (event->type() == QEvent::MouseMove && m_draggedTab >= 0) {
        const auto* mouse = static_cast<QMouseEvent*>(event);
        if (mouse->pos().y() < -kTearDistance || mouse->pos().y() > bar->height() + kTearDistance) {
            const int index = indexOf(m_tabs->widget(std::exchange(m_draggedTab, -1)));
            const QPoint at = mouse->globalPosition().toPoint() - QPoint(80, 12);
            // After the event: the bar is in the middle of its own handling of the mouse.
            QMetaObject::invokeMethod(
                this,
                [this, index, at] {
                    setFloating(index, true);
                    if (isFloating(index))
                        page(index)->window()->move(at);
                },
                Qt::QueuedConnection);
        }
    }
    return QWidget::eventFilter(watched, event);
}

} // namespace fxs::app
