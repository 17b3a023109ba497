/** The editor's words in Chinese. The keys are the English words, as the code writes them. */

const CHINESE: Record<string, string> = {
  "new track": "新轨迹", "preset…": "预设…", "Add a preset": "添加预设",
  reverse: "反向", smooth: "平滑", close: "闭合", open: "打开", import: "导入", "export…": "导出…", copy: "复制", picture: "图片",
  snap: "吸附", help: "帮助", draw: "绘制", track: "轨迹", file: "文件",
  "Start a new track": "开始新轨迹",
  "Reverse the track": "反转轨迹方向",
  "Smooth the track": "平滑轨迹",
  "Join the last point to the first, or open the track again": "首尾相连，或重新断开",
  "Duplicate the track": "复制一条轨迹",
  "Delete the track": "删除轨迹",
  "Play: a dot moves along every track": "播放：圆点沿每条轨迹移动",
  "Import coordinates in any known form": "导入任意已知格式的坐标",
  "Copy all tracks": "复制所有轨迹",
  "Copy the track for another editor": "复制轨迹，供其他编辑器使用",
  "Choose a picture to draw on": "选择背景图片",
  "Opacity of the picture": "图片不透明度",
  "Snap points to a grid of 16 pixels": "将点吸附到 16 像素网格",
  colours: "颜色", "Show the colours that the model will see in this frame": "显示模型在此帧看到的颜色",
  "Expand, or come back": "放大，或返回",
  "How to use the editor": "使用说明",
  object: "物体", grows: "放大", turns: "旋转",
  "Size of the object in pixels. 0: a single point": "物体大小（像素）。0：单点",
  "Size at the end: 2 is twice as large": "结束时的大小：2 为两倍",
  "Turn until the end, in degrees, clockwise": "到结束时顺时针旋转的角度",
  line: "线型", speed: "速度", ease: "缓动", tension: "张力", moves: "运动", visible: "可见", frames: "帧", frame: "帧", to: "至", pin: "固定帧",
  "Kind of line": "线型", Ease: "缓动", "Tension of the curve: round to straight": "曲线张力：圆滑到直线",
  "Speed: constant, or slower where points are close": "速度：匀速，或在点密集处变慢",
  "Ease has no effect, because points are pinned": "已固定点的时间，缓动无效",
  "Frame in which the track starts to move": "开始移动的帧",
  "Frame in which the track stops moving": "停止移动的帧",
  "First frame in which the track is visible": "可见的第一帧",
  "Last frame in which the track is visible": "可见的最后一帧",
  "Frame in which the track is at this point. Empty: not pinned": "轨迹到达此点的帧。留空：不固定",
  "x of the point in pixels": "点的 x（像素）", "y of the point in pixels": "点的 y（像素）",
  "ease: linear": "线性", spline: "曲线", linear: "直线", freehand: "手绘", static: "静止", constant: "匀速", points: "按点", in: "渐快", out: "渐慢", in_out: "先快后慢",
  "Click to place points.": "单击放置点。",
  "Drag to draw freehand.": "拖动自由绘制。",
  "Right click for more.": "右键查看更多。",
  Tracks: "轨迹", Colour: "颜色", Hide: "隐藏", Show: "显示", Lock: "锁定", Unlock: "解锁",
  "Add point here": "在此添加点", "Insert point here": "在此插入点", "New track here": "在此新建轨迹", "Delete point": "删除点",
  "Pin to frame": "固定到帧", "Remove the pin": "取消固定", "Rest here": "在此停留", "Split here": "在此分割",
  Reverse: "反向", Smooth: "平滑", "Close the line": "闭合", "Open the line": "断开", "Duplicate track": "复制轨迹", "Delete track": "删除轨迹",
  Presets: "预设", Paste: "粘贴", Fit: "适应窗口",
  circle: "圆", spiral: "螺旋", coaster: "过山车", dance: "舞动", infinity: "无限", pause: "停顿", shake: "晃动", wave: "波浪",
  sawtooth: "锯齿", arc: "弧线", zigzag: "之字形", bounce: "弹跳",
  "Tora text": "Tora 文本", coordinates: "坐标", drawing: "绘图",
  result: "结果", "Put the last result of the graph behind the tracks": "将工作流的最新结果显示在轨迹后面",
  "Run the graph first. Then its result can lie behind the tracks.": "请先运行工作流，然后即可将结果显示在轨迹后面。",
  "Picture of this node": "本节点的图片",
  "This browser cannot show the video of that result.": "此浏览器无法显示该结果的视频。",
  "Drag on the picture from the middle outwards, or click.": "在图片上从中心向外拖动，或单击。",
  "This track is locked or hidden.": "此轨迹已锁定或隐藏。",
  "A static track has no effect in Tora. It does not hold an object in place.": "静止轨迹在 Tora 中不起作用，不会固定物体。",
  "This text holds no drawing ({}). It is kept until you draw or import.": "此文本不包含绘图（{}）。在绘制或导入之前会保留它。",
  "Imported 1 track.": "已导入 1 条轨迹。", "Imported {} tracks.": "已导入 {} 条轨迹。",
  "Copied {}. Paste it into any editor.": "已复制 {}，可粘贴到任意编辑器。", "Copied the visible tracks as {}.": "已将可见轨迹复制为{}。",
  "Coordinates in any known form": "任意已知格式的坐标",
  "The browser allows no clipboard on a page without https. Copy the text here:": "浏览器不允许在非 https 页面使用剪贴板。请在此复制文本：",
  Click: "单击", "adds a point to the track.": "在轨迹上添加点。",
  "Drag on an empty track": "在空轨迹上拖动", "draws freehand.": "自由绘制。",
  "Drag a point or the line": "拖动点或线", "moves it. With Shift: steps of 15°.": "移动。按住 Shift：15° 步进。",
  "Shift and click, or Shift and drag": "Shift+单击，或 Shift+拖动",
  "chooses several points. Drag the box around them to scale and turn them.": "选择多个点。拖动外框可缩放和旋转。",
  "Right click": "右键", "pins a point to a frame, rests there, splits, adds presets.": "固定到帧、停留、分割、添加预设。",
  "Delete, arrow keys": "Delete、方向键", "remove or move the chosen points by 1 pixel, with Shift by 10.": "删除所选点，或移动 1 像素（加 Shift：10）。",
  "Drag in the timeline": "在时间轴上拖动", "the ends of a bar: when the track moves. The thin edges: when it is visible.": "色条两端：何时运动。细边：何时可见。",
  "Alt and wheel, Alt and drag": "Alt+滚轮、Alt+拖动", "enlarge the picture and move it.": "缩放和移动图片。",
  "pastes tracks or a picture.": "粘贴轨迹或图片。", "Ctrl+V": "Ctrl+V",
  ", as now": "（当前）", "Use the picture's shape": "使用图片的比例",
  "The picture is cropped to {}x{}. Right click: Use the picture's shape.": "图片被裁剪为 {}x{}。右键：使用图片的比例。",
  "What the model will see: hue is the direction, strength is the speed.": "模型看到的内容：色相表示方向，浓度表示速度。",
  "{}: {} points": "{}：{} 个点", "frame {}": "第 {} 帧", "Trajectory drawing": "轨迹绘图",
};

let chinese = false;

/** Sets the language for all editors of the page, as ComfyUI's setting names it. */
export function setLanguage(locale: string): void {
  chinese = locale.toLowerCase().startsWith("zh");
}

/** An English text in the language of the page. Values replace `{}` in it, in order. */
export function t(text: string, ...values: (string | number)[]): string {
  const words = chinese ? (CHINESE[text] ?? text) : text;
  return values.reduce<string>((done, value) => done.replace("{}", () => String(value)), words);
}

/** A word that has a meaning of its own in a context, as `linear` of an ease and of a line. */
export const tIn = (context: string, word: string): string => (chinese ? (CHINESE[`${context}: ${word}`] ?? t(word)) : word);

/** What the hand does, and what happens. */
export const HELP: readonly (readonly [string, string])[] = [
  ["Click", "adds a point to the track."],
  ["Drag on an empty track", "draws freehand."],
  ["Drag a point or the line", "moves it. With Shift: steps of 15°."],
  ["Shift and click, or Shift and drag", "chooses several points. Drag the box around them to scale and turn them."],
  ["Right click", "pins a point to a frame, rests there, splits, adds presets."],
  ["Delete, arrow keys", "remove or move the chosen points by 1 pixel, with Shift by 10."],
  ["Drag in the timeline", "the ends of a bar: when the track moves. The thin edges: when it is visible."],
  ["Alt and wheel, Alt and drag", "enlarge the picture and move it."],
  ["Ctrl+V", "pastes tracks or a picture."],
];
