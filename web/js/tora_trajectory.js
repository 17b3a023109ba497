import { api as e } from "../../../scripts/api.js";
import { app as t } from "../../../scripts/app.js";
// \0rolldown/runtime.js
var n = Object.create, r = Object.defineProperty, i = Object.getOwnPropertyDescriptor, a = Object.getOwnPropertyNames, o = Object.getPrototypeOf, s = Object.prototype.hasOwnProperty, c = (e, t) => () => (t || (e((t = { exports: {} }).exports, t, t.exports), e = null), t.exports), l = (e, t, n, o) => {
	if (t && typeof t == "object" || typeof t == "function") for (var c = a(t), l = 0, u = c.length, d; l < u; l++) d = c[l], !s.call(e, d) && d !== n && r(e, d, {
		get: ((e) => t[e]).bind(null, d),
		enumerable: !(o = i(t, d)) || o.enumerable
	});
	return e;
}, u = (e, t, i) => (i = e == null ? {} : n(o(e)), l(t || !e || !e.__esModule || !s.call(e, "default") ? r(i, "default", {
	value: e,
	enumerable: !0
}) : i, e)), d = t, f = e;
function p(e) {
	d.registerExtension(e);
}
var m = class {
	node;
	executed = null;
	constructor(e) {
		this.node = e;
	}
	size() {
		let e = (e, t) => {
			let n = Number(this.node.widgets?.find((t) => t.name === e)?.value);
			return Number.isFinite(n) && n >= 1 ? n : t;
		};
		return {
			width: e("width", 720),
			height: e("height", 480),
			frames: e("frames", 49)
		};
	}
	background(e) {
		if (e) return h(e);
		let t = this.node.inputs?.findIndex((e) => e.name === "image" && e.link !== null) ?? -1;
		return (t >= 0 ? this.node.getInputNode(t)?.imgs?.[0]?.src : void 0) ?? (this.executed ? h(this.executed) : null);
	}
	setExecuted(e) {
		this.executed = e;
	}
	async upload(e) {
		let t = new FormData();
		t.append("image", e), t.append("subfolder", "tora");
		let n = await f.fetchApi("/upload/image", {
			method: "POST",
			body: t
		});
		if (!n.ok) throw Error(`The server did not store the picture (HTTP ${n.status}). Try another file.`);
		let { name: r, subfolder: i, type: a } = await n.json();
		return {
			filename: r,
			subfolder: i,
			type: a
		};
	}
	readOnly() {
		return d.canvas?.read_only === !0;
	}
	captureUndo() {
		let e = d.extensionManager?.workflow?.activeWorkflow?.changeTracker;
		(e?.captureCanvasState ?? e?.checkState)?.call(e);
	}
	forwardPanning(e) {
		let t = new AbortController(), n = () => !globalThis.LiteGraph?.vueNodesMode, r = () => e.closest("dialog") !== null, i = (i, a) => e.addEventListener(i, (e) => n() && !r() && a(e), {
			signal: t.signal,
			passive: !1
		});
		return i("wheel", (e) => {
			e.preventDefault(), d.canvas?.processMouseWheel?.(e);
		}), i("pointerdown", (e) => e.button === 1 && d.canvas?.processMouseDown?.(e)), i("pointermove", (e) => (e.buttons & 4) == 4 && d.canvas?.processMouseMove?.(e)), i("pointerup", (e) => e.button === 1 && d.canvas?.processMouseUp?.(e)), () => t.abort();
	}
	property(e, t) {
		return this.node.properties[e] ?? t;
	}
	setProperty(e, t) {
		this.node.properties[e] = t;
	}
};
function h({ filename: e, subfolder: t, type: n }) {
	return f.apiURL(`/view?${new URLSearchParams({
		filename: e,
		subfolder: t,
		type: n
	}).toString()}`);
}
// web/src/dialog.ts
var g = class {
	element;
	onMove;
	dialog = null;
	constructor(e, t) {
		this.element = e, this.onMove = t;
	}
	toggle() {
		this.dialog ? this.dialog.close() : this.open();
	}
	dispose() {
		this.dialog?.remove();
	}
	open() {
		let { element: e } = this, t = document.createComment("tora-editor");
		e.replaceWith(t);
		let n = document.createElement("dialog");
		n.className = "tora-dialog", n.append(e), document.body.append(n), n.addEventListener("close", () => {
			t.replaceWith(e), n.remove(), this.dialog = null, this.onMove();
		}), n.showModal(), this.dialog = n, this.onMove();
	}
}, _ = "http://www.w3.org/2000/svg";
function v(e, t = "") {
	let n = document.createElement(e);
	return n.className = t, n;
}
function y(e, t, n) {
	let r = v("button");
	return Object.assign(r, {
		type: "button",
		title: t
	}), r.append(e), r.setAttribute("aria-label", t), r.addEventListener("click", n), r;
}
function b(e, t, n) {
	let r = v("select");
	return r.title = e, r.setAttribute("aria-label", e), r.append(...t.map((e) => Object.assign(v("option"), {
		value: e,
		textContent: e
	}))), r.addEventListener("change", () => n(r.value)), r;
}
function ee(e, t, n, r) {
	let i = b(e, [t, ...n], (e) => {
		i.selectedIndex = 0, r(e);
	});
	return i;
}
function x(e, t, n = "change") {
	let r = v("input");
	return Object.assign(r, {
		type: "range",
		min: "0",
		max: "1",
		step: "0.01",
		title: e
	}), r.setAttribute("aria-label", e), r.addEventListener(n, () => t(Number(r.value))), r;
}
function S(e, t, n = "") {
	let r = v("label", n);
	return r.append(e, t), r;
}
function C(e, t) {
	let n = document.createElementNS(_, e);
	return w(n, t), n;
}
function w(e, t) {
	for (let [n, r] of Object.entries(t)) e.setAttribute(n, r);
}
// node_modules/d3-path/dist/d3-path.mjs
var T = Math.PI, te = 2 * T, E = 1e-6, ne = te - E;
function re(e) {
	this._ += e[0];
	for (let t = 1, n = e.length; t < n; ++t) this._ += arguments[t] + e[t];
}
function ie(e) {
	let t = Math.floor(e);
	if (!(t >= 0)) throw Error(`invalid digits: ${e}`);
	if (t > 15) return re;
	let n = 10 ** t;
	return function(e) {
		this._ += e[0];
		for (let t = 1, r = e.length; t < r; ++t) this._ += Math.round(arguments[t] * n) / n + e[t];
	};
}
function ae(e, t, n, r) {
	return e === n && t === r;
}
function oe(e) {
	let t = Math.floor(e);
	if (!(t <= 15)) return ae;
	let n = 10 ** t, r = function(e) {
		return Math.round(e * n);
	};
	return function(e, t, n, i) {
		return r(e) === r(n) && r(t) === r(i);
	};
}
var se = class {
	constructor(e) {
		this._x0 = this._y0 = this._x1 = this._y1 = null, this._ = "", this._append = e == null ? re : ie(e), this._equal = e == null ? ae : oe(e);
	}
	moveTo(e, t) {
		this._append`M${this._x0 = this._x1 = +e},${this._y0 = this._y1 = +t}`;
	}
	closePath() {
		this._x1 !== null && (this._x1 = this._x0, this._y1 = this._y0, this._append`Z`);
	}
	lineTo(e, t) {
		this._append`L${this._x1 = +e},${this._y1 = +t}`;
	}
	quadraticCurveTo(e, t, n, r) {
		this._append`Q${+e},${+t},${this._x1 = +n},${this._y1 = +r}`;
	}
	bezierCurveTo(e, t, n, r, i, a) {
		this._append`C${+e},${+t},${+n},${+r},${this._x1 = +i},${this._y1 = +a}`;
	}
	arcTo(e, t, n, r, i) {
		if (e = +e, t = +t, n = +n, r = +r, i = +i, i < 0) throw Error(`negative radius: ${i}`);
		let a = this._x1, o = this._y1, s = n - e, c = r - t, l = a - e, u = o - t, d = l * l + u * u;
		if (this._x1 === null) this._append`M${this._x1 = e},${this._y1 = t}`;
		else if (d > E) {
			if (!(Math.abs(u * s - c * l) > E) || !i) this._append`L${this._x1 = e},${this._y1 = t}`;
			else {
				let f = n - a, p = r - o, m = s * s + c * c, h = f * f + p * p, g = Math.sqrt(m), _ = Math.sqrt(d), v = i * Math.tan((T - Math.acos((m + d - h) / (2 * g * _))) / 2), y = v / _, b = v / g;
				Math.abs(y - 1) > E && this._append`L${e + y * l},${t + y * u}`, this._append`A${i},${i},0,0,${+(u * f > l * p)},${this._x1 = e + b * s},${this._y1 = t + b * c}`;
			}
		}
	}
	arc(e, t, n, r, i, a) {
		if (e = +e, t = +t, n = +n, a = !!a, n < 0) throw Error(`negative radius: ${n}`);
		let o = n * Math.cos(r), s = n * Math.sin(r), c = e + o, l = t + s, u = 1 ^ a, d = a ? r - i : i - r;
		if (this._x1 === null ? this._append`M${c},${l}` : (Math.abs(this._x1 - c) > E || Math.abs(this._y1 - l) > E) && this._append`L${c},${l}`, n) {
			if (d < 0 && (d = d % te + te), d > ne) this._append`A${n},${n},0,1,${u},${e - o},${t - s}A${n},${n},0,1,${u},${this._x1 = c},${this._y1 = l}`;
			else if (d > E) {
				let a = e + n * Math.cos(i), o = t + n * Math.sin(i);
				if (d >= T && this._equal(c, l, a, o)) {
					d /= 2;
					let i = r + d;
					this._append`A${n},${n},0,${+(d >= T)},${u},${e + n * Math.cos(i)},${t + n * Math.sin(i)}`;
				}
				this._append`A${n},${n},0,${+(d >= T)},${u},${this._x1 = a},${this._y1 = o}`;
			}
		}
	}
	rect(e, t, n, r) {
		this._append`M${this._x0 = this._x1 = +e},${this._y0 = this._y1 = +t}h${n = +n}v${+r}h${-n}Z`;
	}
	toString() {
		return this._;
	}
};
se.prototype;
// node_modules/d3-shape/dist/d3-shape.mjs
function D(e) {
	return function() {
		return e;
	};
}
var ce = Math.cos, le = Math.sin, O = Math.sqrt, ue = 1e-12, k = Math.PI;
k / 2;
var de = 2 * k;
function fe(e) {
	let t = 3;
	return e.digits = function(n) {
		if (!arguments.length) return t;
		if (n == null) t = null;
		else {
			let e = Math.floor(n);
			if (!(e >= 0)) throw RangeError(`invalid digits: ${n}`);
			t = e;
		}
		return e;
	}, () => new se(t);
}
Array.prototype.slice;
function pe(e) {
	return typeof e == "object" && "length" in e ? e : Array.from(e);
}
function me(e) {
	this._context = e;
}
me.prototype = {
	areaStart: function() {
		this._line = 0;
	},
	areaEnd: function() {
		this._line = NaN;
	},
	lineStart: function() {
		this._point = 0;
	},
	lineEnd: function() {
		(this._line || this._line !== 0 && this._point === 1) && this._context.closePath(), this._line = 1 - this._line;
	},
	point: function(e, t) {
		switch (e = +e, t = +t, this._point) {
			case 0:
				this._point = 1, this._line ? this._context.lineTo(e, t) : this._context.moveTo(e, t);
				break;
			case 1: this._point = 2;
			default: this._context.lineTo(e, t);
		}
	}
};
function A(e) {
	return new me(e);
}
function he(e) {
	return e[0];
}
function ge(e) {
	return e[1];
}
function _e(e, t) {
	var n = D(!0), r = null, i = A, a = null, o = fe(s);
	e = typeof e == "function" ? e : e === void 0 ? he : D(e), t = typeof t == "function" ? t : t === void 0 ? ge : D(t);
	function s(s) {
		var c, l = (s = pe(s)).length, u, d = !1, f;
		for (r ?? (a = i(f = o())), c = 0; c <= l; ++c) !(c < l && n(u = s[c], c, s)) === d && ((d = !d) ? a.lineStart() : a.lineEnd()), d && a.point(+e(u, c, s), +t(u, c, s));
		if (f) return a = null, f + "" || null;
	}
	return s.x = function(t) {
		return arguments.length ? (e = typeof t == "function" ? t : D(+t), s) : e;
	}, s.y = function(e) {
		return arguments.length ? (t = typeof e == "function" ? e : D(+e), s) : t;
	}, s.defined = function(e) {
		return arguments.length ? (n = typeof e == "function" ? e : D(!!e), s) : n;
	}, s.curve = function(e) {
		return arguments.length ? (i = e, r != null && (a = i(r)), s) : i;
	}, s.context = function(e) {
		return arguments.length ? (e == null ? r = a = null : a = i(r = e), s) : r;
	}, s;
}
ye(A);
function ve(e) {
	this._curve = e;
}
ve.prototype = {
	areaStart: function() {
		this._curve.areaStart();
	},
	areaEnd: function() {
		this._curve.areaEnd();
	},
	lineStart: function() {
		this._curve.lineStart();
	},
	lineEnd: function() {
		this._curve.lineEnd();
	},
	point: function(e, t) {
		this._curve.point(t * Math.sin(e), t * -Math.cos(e));
	}
};
function ye(e) {
	function t(t) {
		return new ve(e(t));
	}
	return t._curve = e, t;
}
O(3), O(1 / 3) * 2;
var be = le(k / 10) / le(7 * k / 10);
le(de / 10) * be, -ce(de / 10) * be, O(3), O(3), O(3) / 2, (1 / O(12) / 2 + 1) * 3;
function j() {}
function xe(e, t, n) {
	e._context.bezierCurveTo((2 * e._x0 + e._x1) / 3, (2 * e._y0 + e._y1) / 3, (e._x0 + 2 * e._x1) / 3, (e._y0 + 2 * e._y1) / 3, (e._x0 + 4 * e._x1 + t) / 6, (e._y0 + 4 * e._y1 + n) / 6);
}
function Se(e) {
	this._context = e;
}
Se.prototype = {
	areaStart: function() {
		this._line = 0;
	},
	areaEnd: function() {
		this._line = NaN;
	},
	lineStart: function() {
		this._x0 = this._x1 = this._y0 = this._y1 = NaN, this._point = 0;
	},
	lineEnd: function() {
		switch (this._point) {
			case 3: xe(this, this._x1, this._y1);
			case 2: this._context.lineTo(this._x1, this._y1);
		}
		(this._line || this._line !== 0 && this._point === 1) && this._context.closePath(), this._line = 1 - this._line;
	},
	point: function(e, t) {
		switch (e = +e, t = +t, this._point) {
			case 0:
				this._point = 1, this._line ? this._context.lineTo(e, t) : this._context.moveTo(e, t);
				break;
			case 1:
				this._point = 2;
				break;
			case 2: this._point = 3, this._context.lineTo((5 * this._x0 + this._x1) / 6, (5 * this._y0 + this._y1) / 6);
			default: xe(this, e, t);
		}
		this._x0 = this._x1, this._x1 = e, this._y0 = this._y1, this._y1 = t;
	}
};
function Ce(e, t) {
	this._basis = new Se(e), this._beta = t;
}
Ce.prototype = {
	lineStart: function() {
		this._x = [], this._y = [], this._basis.lineStart();
	},
	lineEnd: function() {
		var e = this._x, t = this._y, n = e.length - 1;
		if (n > 0) for (var r = e[0], i = t[0], a = e[n] - r, o = t[n] - i, s = -1, c; ++s <= n;) c = s / n, this._basis.point(this._beta * e[s] + (1 - this._beta) * (r + c * a), this._beta * t[s] + (1 - this._beta) * (i + c * o));
		this._x = this._y = null, this._basis.lineEnd();
	},
	point: function(e, t) {
		this._x.push(+e), this._y.push(+t);
	}
}, (function e(t) {
	function n(e) {
		return t === 1 ? new Se(e) : new Ce(e, t);
	}
	return n.beta = function(t) {
		return e(+t);
	}, n;
})(.85);
function M(e, t, n) {
	e._context.bezierCurveTo(e._x1 + e._k * (e._x2 - e._x0), e._y1 + e._k * (e._y2 - e._y0), e._x2 + e._k * (e._x1 - t), e._y2 + e._k * (e._y1 - n), e._x2, e._y2);
}
function we(e, t) {
	this._context = e, this._k = (1 - t) / 6;
}
we.prototype = {
	areaStart: function() {
		this._line = 0;
	},
	areaEnd: function() {
		this._line = NaN;
	},
	lineStart: function() {
		this._x0 = this._x1 = this._x2 = this._y0 = this._y1 = this._y2 = NaN, this._point = 0;
	},
	lineEnd: function() {
		switch (this._point) {
			case 2:
				this._context.lineTo(this._x2, this._y2);
				break;
			case 3: M(this, this._x1, this._y1);
		}
		(this._line || this._line !== 0 && this._point === 1) && this._context.closePath(), this._line = 1 - this._line;
	},
	point: function(e, t) {
		switch (e = +e, t = +t, this._point) {
			case 0:
				this._point = 1, this._line ? this._context.lineTo(e, t) : this._context.moveTo(e, t);
				break;
			case 1:
				this._point = 2, this._x1 = e, this._y1 = t;
				break;
			case 2: this._point = 3;
			default: M(this, e, t);
		}
		this._x0 = this._x1, this._x1 = this._x2, this._x2 = e, this._y0 = this._y1, this._y1 = this._y2, this._y2 = t;
	}
};
var Te = (function e(t) {
	function n(e) {
		return new we(e, t);
	}
	return n.tension = function(t) {
		return e(+t);
	}, n;
})(0);
function Ee(e, t) {
	this._context = e, this._k = (1 - t) / 6;
}
Ee.prototype = {
	areaStart: j,
	areaEnd: j,
	lineStart: function() {
		this._x0 = this._x1 = this._x2 = this._x3 = this._x4 = this._x5 = this._y0 = this._y1 = this._y2 = this._y3 = this._y4 = this._y5 = NaN, this._point = 0;
	},
	lineEnd: function() {
		switch (this._point) {
			case 1:
				this._context.moveTo(this._x3, this._y3), this._context.closePath();
				break;
			case 2:
				this._context.lineTo(this._x3, this._y3), this._context.closePath();
				break;
			case 3: this.point(this._x3, this._y3), this.point(this._x4, this._y4), this.point(this._x5, this._y5);
		}
	},
	point: function(e, t) {
		switch (e = +e, t = +t, this._point) {
			case 0:
				this._point = 1, this._x3 = e, this._y3 = t;
				break;
			case 1:
				this._point = 2, this._context.moveTo(this._x4 = e, this._y4 = t);
				break;
			case 2:
				this._point = 3, this._x5 = e, this._y5 = t;
				break;
			default: M(this, e, t);
		}
		this._x0 = this._x1, this._x1 = this._x2, this._x2 = e, this._y0 = this._y1, this._y1 = this._y2, this._y2 = t;
	}
};
var De = (function e(t) {
	function n(e) {
		return new Ee(e, t);
	}
	return n.tension = function(t) {
		return e(+t);
	}, n;
})(0);
function N(e, t) {
	this._context = e, this._k = (1 - t) / 6;
}
N.prototype = {
	areaStart: function() {
		this._line = 0;
	},
	areaEnd: function() {
		this._line = NaN;
	},
	lineStart: function() {
		this._x0 = this._x1 = this._x2 = this._y0 = this._y1 = this._y2 = NaN, this._point = 0;
	},
	lineEnd: function() {
		(this._line || this._line !== 0 && this._point === 3) && this._context.closePath(), this._line = 1 - this._line;
	},
	point: function(e, t) {
		switch (e = +e, t = +t, this._point) {
			case 0:
				this._point = 1;
				break;
			case 1:
				this._point = 2;
				break;
			case 2:
				this._point = 3, this._line ? this._context.lineTo(this._x2, this._y2) : this._context.moveTo(this._x2, this._y2);
				break;
			case 3: this._point = 4;
			default: M(this, e, t);
		}
		this._x0 = this._x1, this._x1 = this._x2, this._x2 = e, this._y0 = this._y1, this._y1 = this._y2, this._y2 = t;
	}
}, (function e(t) {
	function n(e) {
		return new N(e, t);
	}
	return n.tension = function(t) {
		return e(+t);
	}, n;
})(0);
function P(e, t, n) {
	var r = e._x1, i = e._y1, a = e._x2, o = e._y2;
	if (e._l01_a > ue) {
		var s = 2 * e._l01_2a + 3 * e._l01_a * e._l12_a + e._l12_2a, c = 3 * e._l01_a * (e._l01_a + e._l12_a);
		r = (r * s - e._x0 * e._l12_2a + e._x2 * e._l01_2a) / c, i = (i * s - e._y0 * e._l12_2a + e._y2 * e._l01_2a) / c;
	}
	if (e._l23_a > ue) {
		var l = 2 * e._l23_2a + 3 * e._l23_a * e._l12_a + e._l12_2a, u = 3 * e._l23_a * (e._l23_a + e._l12_a);
		a = (a * l + e._x1 * e._l23_2a - t * e._l12_2a) / u, o = (o * l + e._y1 * e._l23_2a - n * e._l12_2a) / u;
	}
	e._context.bezierCurveTo(r, i, a, o, e._x2, e._y2);
}
function Oe(e, t) {
	this._context = e, this._alpha = t;
}
Oe.prototype = {
	areaStart: function() {
		this._line = 0;
	},
	areaEnd: function() {
		this._line = NaN;
	},
	lineStart: function() {
		this._x0 = this._x1 = this._x2 = this._y0 = this._y1 = this._y2 = NaN, this._l01_a = this._l12_a = this._l23_a = this._l01_2a = this._l12_2a = this._l23_2a = this._point = 0;
	},
	lineEnd: function() {
		switch (this._point) {
			case 2:
				this._context.lineTo(this._x2, this._y2);
				break;
			case 3: this.point(this._x2, this._y2);
		}
		(this._line || this._line !== 0 && this._point === 1) && this._context.closePath(), this._line = 1 - this._line;
	},
	point: function(e, t) {
		if (e = +e, t = +t, this._point) {
			var n = this._x2 - e, r = this._y2 - t;
			this._l23_a = Math.sqrt(this._l23_2a = (n * n + r * r) ** +this._alpha);
		}
		switch (this._point) {
			case 0:
				this._point = 1, this._line ? this._context.lineTo(e, t) : this._context.moveTo(e, t);
				break;
			case 1:
				this._point = 2;
				break;
			case 2: this._point = 3;
			default: P(this, e, t);
		}
		this._l01_a = this._l12_a, this._l12_a = this._l23_a, this._l01_2a = this._l12_2a, this._l12_2a = this._l23_2a, this._x0 = this._x1, this._x1 = this._x2, this._x2 = e, this._y0 = this._y1, this._y1 = this._y2, this._y2 = t;
	}
}, (function e(t) {
	function n(e) {
		return t ? new Oe(e, t) : new we(e, 0);
	}
	return n.alpha = function(t) {
		return e(+t);
	}, n;
})(.5);
function ke(e, t) {
	this._context = e, this._alpha = t;
}
ke.prototype = {
	areaStart: j,
	areaEnd: j,
	lineStart: function() {
		this._x0 = this._x1 = this._x2 = this._x3 = this._x4 = this._x5 = this._y0 = this._y1 = this._y2 = this._y3 = this._y4 = this._y5 = NaN, this._l01_a = this._l12_a = this._l23_a = this._l01_2a = this._l12_2a = this._l23_2a = this._point = 0;
	},
	lineEnd: function() {
		switch (this._point) {
			case 1:
				this._context.moveTo(this._x3, this._y3), this._context.closePath();
				break;
			case 2:
				this._context.lineTo(this._x3, this._y3), this._context.closePath();
				break;
			case 3: this.point(this._x3, this._y3), this.point(this._x4, this._y4), this.point(this._x5, this._y5);
		}
	},
	point: function(e, t) {
		if (e = +e, t = +t, this._point) {
			var n = this._x2 - e, r = this._y2 - t;
			this._l23_a = Math.sqrt(this._l23_2a = (n * n + r * r) ** +this._alpha);
		}
		switch (this._point) {
			case 0:
				this._point = 1, this._x3 = e, this._y3 = t;
				break;
			case 1:
				this._point = 2, this._context.moveTo(this._x4 = e, this._y4 = t);
				break;
			case 2:
				this._point = 3, this._x5 = e, this._y5 = t;
				break;
			default: P(this, e, t);
		}
		this._l01_a = this._l12_a, this._l12_a = this._l23_a, this._l01_2a = this._l12_2a, this._l12_2a = this._l23_2a, this._x0 = this._x1, this._x1 = this._x2, this._x2 = e, this._y0 = this._y1, this._y1 = this._y2, this._y2 = t;
	}
}, (function e(t) {
	function n(e) {
		return t ? new ke(e, t) : new Ee(e, 0);
	}
	return n.alpha = function(t) {
		return e(+t);
	}, n;
})(.5);
function Ae(e, t) {
	this._context = e, this._alpha = t;
}
Ae.prototype = {
	areaStart: function() {
		this._line = 0;
	},
	areaEnd: function() {
		this._line = NaN;
	},
	lineStart: function() {
		this._x0 = this._x1 = this._x2 = this._y0 = this._y1 = this._y2 = NaN, this._l01_a = this._l12_a = this._l23_a = this._l01_2a = this._l12_2a = this._l23_2a = this._point = 0;
	},
	lineEnd: function() {
		(this._line || this._line !== 0 && this._point === 3) && this._context.closePath(), this._line = 1 - this._line;
	},
	point: function(e, t) {
		if (e = +e, t = +t, this._point) {
			var n = this._x2 - e, r = this._y2 - t;
			this._l23_a = Math.sqrt(this._l23_2a = (n * n + r * r) ** +this._alpha);
		}
		switch (this._point) {
			case 0:
				this._point = 1;
				break;
			case 1:
				this._point = 2;
				break;
			case 2:
				this._point = 3, this._line ? this._context.lineTo(this._x2, this._y2) : this._context.moveTo(this._x2, this._y2);
				break;
			case 3: this._point = 4;
			default: P(this, e, t);
		}
		this._l01_a = this._l12_a, this._l12_a = this._l23_a, this._l01_2a = this._l12_2a, this._l12_2a = this._l23_2a, this._x0 = this._x1, this._x1 = this._x2, this._x2 = e, this._y0 = this._y1, this._y1 = this._y2, this._y2 = t;
	}
}, (function e(t) {
	function n(e) {
		return t ? new Ae(e, t) : new N(e, 0);
	}
	return n.alpha = function(t) {
		return e(+t);
	}, n;
})(.5);
function je(e) {
	this._context = e;
}
je.prototype = {
	areaStart: j,
	areaEnd: j,
	lineStart: function() {
		this._point = 0;
	},
	lineEnd: function() {
		this._point && this._context.closePath();
	},
	point: function(e, t) {
		e = +e, t = +t, this._point ? this._context.lineTo(e, t) : (this._point = 1, this._context.moveTo(e, t));
	}
};
function Me(e) {
	return new je(e);
}
function Ne(e) {
	return e < 0 ? -1 : 1;
}
function Pe(e, t, n) {
	var r = e._x1 - e._x0, i = t - e._x1, a = (e._y1 - e._y0) / (r || i < 0 && -0), o = (n - e._y1) / (i || r < 0 && -0), s = (a * i + o * r) / (r + i);
	return (Ne(a) + Ne(o)) * Math.min(Math.abs(a), Math.abs(o), .5 * Math.abs(s)) || 0;
}
function Fe(e, t) {
	var n = e._x1 - e._x0;
	return n ? (3 * (e._y1 - e._y0) / n - t) / 2 : t;
}
function F(e, t, n) {
	var r = e._x0, i = e._y0, a = e._x1, o = e._y1, s = (a - r) / 3;
	e._context.bezierCurveTo(r + s, i + s * t, a - s, o - s * n, a, o);
}
function I(e) {
	this._context = e;
}
I.prototype = {
	areaStart: function() {
		this._line = 0;
	},
	areaEnd: function() {
		this._line = NaN;
	},
	lineStart: function() {
		this._x0 = this._x1 = this._y0 = this._y1 = this._t0 = NaN, this._point = 0;
	},
	lineEnd: function() {
		switch (this._point) {
			case 2:
				this._context.lineTo(this._x1, this._y1);
				break;
			case 3: F(this, this._t0, Fe(this, this._t0));
		}
		(this._line || this._line !== 0 && this._point === 1) && this._context.closePath(), this._line = 1 - this._line;
	},
	point: function(e, t) {
		var n = NaN;
		if (e = +e, t = +t, e !== this._x1 || t !== this._y1) {
			switch (this._point) {
				case 0:
					this._point = 1, this._line ? this._context.lineTo(e, t) : this._context.moveTo(e, t);
					break;
				case 1:
					this._point = 2;
					break;
				case 2:
					this._point = 3, F(this, Fe(this, n = Pe(this, e, t)), n);
					break;
				default: F(this, this._t0, n = Pe(this, e, t));
			}
			this._x0 = this._x1, this._x1 = e, this._y0 = this._y1, this._y1 = t, this._t0 = n;
		}
	}
}, Object.create(I.prototype).point = function(e, t) {
	I.prototype.point.call(this, t, e);
};
var L = (e, t = 0, n = 1) => Math.min(n, Math.max(t, e)), Ie = {
	linear: (e) => e,
	in: (e) => e * e,
	out: (e) => 1 - (1 - e) ** 2,
	in_out: (e) => e * e * (3 - 2 * e)
};
function Le(e, t, n) {
	let r = e.points.map(([e, r]) => [e * t, r * n]);
	if (r.length < 2 || e.kind === "static") return "";
	let i = e.kind === "spline", a = e.closed ? De : Te, o = e.closed ? Me : A;
	return _e().curve(i ? a.tension(e.tension) : o)(r) ?? "";
}
function Re(e, t) {
	let n = t.closed ? [...e, e[0]] : e, r = n.length - 1, i = n.map((e, i) => {
		let a = i > 0 && i < r;
		if (!a && !t.closed) return [0, 0];
		let [o, s] = a ? [n[i - 1], n[i + 1]] : [n[r - 1], n[1]], c = (1 - t.tension) / 2;
		return [(s[0] - o[0]) * c, (s[1] - o[1]) * c];
	});
	return {
		at: (e) => {
			let a = Math.min(r - 1, Math.max(0, Math.floor(e))), o = e - a, [s, c] = [n[a], n[a + 1]];
			if (t.kind !== "spline") return [s[0] + (c[0] - s[0]) * o, s[1] + (c[1] - s[1]) * o];
			let [l, u] = [i[a], i[a + 1]], [d, f] = [o * o, o * o * o], [p, m, h, g] = [
				2 * f - 3 * d + 1,
				f - 2 * d + o,
				-2 * f + 3 * d,
				f - d
			];
			return [p * s[0] + m * l[0] + h * c[0] + g * u[0], p * s[1] + m * l[1] + h * c[1] + g * u[1]];
		},
		segments: r
	};
}
function ze(e, t, n, r) {
	let i = R(e, n, r);
	return Array.from({ length: t }, (e, n) => i(t > 1 ? n / (t - 1) : 0));
}
function R(e, t, n) {
	let r = e.points.map(([e, r]) => [e * t, r * n]);
	if (e.kind === "static" || r.length < 2) return () => r[0] ?? [0, 0];
	let i = Math.max(e.end - e.start, 1e-9), a = (t) => Ie[e.ease](L((t - e.start) / i)), { at: o, segments: s } = Re(r, e);
	if (e.speed === "points") return (e) => o(a(e) * s);
	let c = s * 32, l = Array.from({ length: c + 1 }, (e, t) => o(t * s / c)), u = [0];
	for (let e = 1; e <= c; e += 1) u.push(u[e - 1] + Math.hypot(l[e][0] - l[e - 1][0], l[e][1] - l[e - 1][1]));
	return (e) => Be(l, u, a(e) * u[c]);
}
function Be(e, t, n) {
	let [r, i] = [0, t.length - 1];
	for (; i - r > 1;) {
		let e = r + i >> 1;
		t[e] <= n ? r = e : i = e;
	}
	let a = t[i] - t[r], o = a > 0 ? L((n - t[r]) / a) : 0, [s, c] = [e[r], e[i]];
	return [s[0] + (c[0] - s[0]) * o, s[1] + (c[1] - s[1]) * o];
}
function Ve(e, t, n, r) {
	let i = e.points.map(([e, t]) => [e * n, t * r]);
	if (i.length < 2) return i.length;
	let { at: a, segments: o } = Re(i, e), [s, c] = [0, Infinity];
	for (let e = 0; e <= o * 32; e += 1) {
		let [n, r] = a(e / 32), i = Math.hypot(n - t[0], r - t[1]);
		i < c && ([s, c] = [e / 32, i]);
	}
	return Math.min(o, Math.floor(s) + 1);
}
function He(e, t) {
	let n = e.length;
	return n < 3 ? e.map(([e, t]) => [e, t]) : e.map(([r, i], a) => {
		if (!t && (a === 0 || a === n - 1)) return [r, i];
		let [o, s] = [e[(a + n - 1) % n], e[(a + 1) % n]];
		return [(o[0] + 2 * r + s[0]) / 4, (o[1] + 2 * i + s[1]) / 4];
	});
}
// web/src/model.ts
var Ue = [
	"spline",
	"linear",
	"freehand",
	"static"
], We = [
	"linear",
	"in",
	"out",
	"in_out"
], Ge = ["constant", "points"], z = [
	"#e63946",
	"#1d78b4",
	"#2a9d5a",
	"#f48c14",
	"#7b4bb4",
	"#0096a0",
	"#d6468c",
	"#8a7a2a"
], Ke = 1024, B = (e = [720, 480]) => ({
	version: 1,
	canvas: e,
	tracks: [],
	bg: null
});
function V(e, t = {}) {
	let n = new Set(e.map((e) => e.id)), r = e.length + 1;
	for (; n.has(`t${r}`);) r += 1;
	return {
		id: `t${r}`,
		name: `Track ${r}`,
		color: z[(r - 1) % z.length],
		kind: "spline",
		tension: 0,
		closed: !1,
		points: [],
		start: 0,
		end: 1,
		ease: "linear",
		speed: "constant",
		visible: !0,
		locked: !1,
		...t
	};
}
// web/src/formats.ts
var H = "No coordinates were found in this text. Expected x,y lines, [[x, y], ...], KJNodes coordinates or TRACKS JSON.";
function qe(e) {
	if (e == null || e === "") return {
		drawing: B(),
		error: null
	};
	let t = e;
	if (typeof e == "string") try {
		t = JSON.parse(e);
	} catch {
		return {
			drawing: null,
			error: "not valid JSON"
		};
	}
	return q(t) ? t.version === 1 ? {
		drawing: $e(t),
		error: null
	} : {
		drawing: null,
		error: `expected version 1, got ${String(t.version)}: update the node pack`
	} : {
		drawing: null,
		error: "expected a JSON object"
	};
}
var Je = (e) => JSON.stringify(e);
function Ye(e, t, n) {
	let r = it(e);
	if (r === "") throw Error("The text is empty. Paste coordinates first.");
	let i = rt(r);
	if (i) return K(i, [256, 256], n);
	let a = at(r);
	return q(a) && a.version === 1 ? ct($e(a).tracks, n) : q(a) && q(a.tora_track) ? ct([et(a.tora_track, 0, [])], n) : q(a) && Array.isArray(a.track_path) ? K(st(a.track_path), t, n) : K(G(a), t, n);
}
var Xe = (e) => JSON.stringify({ tora_track: e }), Ze = [
	"Tora text",
	"coordinates",
	"TRACKS",
	"drawing"
];
function Qe(e, t, n) {
	let [r, i] = e.canvas, a = e.tracks.filter((e) => e.visible && e.points.length > 0), o = () => a.map((e) => ze(e, n, r, i));
	switch (t) {
		case "Tora text": return a.map((e) => e.points.map(([e, t]) => `${Math.round(e * 256)},${Math.round(t * 256)}`).join("\n")).join("\n\n");
		case "coordinates": return JSON.stringify(o().map((e) => e.map(([e, t]) => ({
			x: U(e),
			y: U(t)
		}))));
		case "TRACKS": {
			let e = o(), t = Array.from({ length: n }, (t, n) => e.map((e) => e[n].map(U)));
			return JSON.stringify({
				track_path: t,
				canvas: [r, i]
			});
		}
		case "drawing": return Je(e);
	}
}
var U = (e) => Math.round(e * 100) / 100;
function $e(e) {
	let t = [];
	for (let n of Array.isArray(e.tracks) ? e.tracks.slice(0, Ke) : []) q(n) && t.push(et(n, t.length, t));
	return {
		version: 1,
		canvas: tt(e.canvas),
		tracks: t,
		bg: nt(e.bg)
	};
}
function et(e, t, n) {
	let r = V(n), i = (e, t, n) => t.includes(e) ? e : n, a = (e, t) => typeof e == "number" && Number.isFinite(e) ? L(e) : t, o = typeof e.id == "string" && !n.some((t) => t.id === e.id) ? e.id : r.id, [s, c] = [a(e.start, 0), a(e.end, 1)];
	return {
		id: o,
		name: typeof e.name == "string" && e.name !== "" ? e.name : `Track ${t + 1}`,
		color: typeof e.color == "string" && /^#[0-9a-f]{6}$/i.test(e.color) ? e.color : z[t % z.length],
		kind: i(e.kind, Ue, "spline"),
		tension: a(e.tension, 0),
		closed: e.closed === !0,
		points: (Array.isArray(e.points) ? e.points : []).map(W).filter((e) => e !== null),
		start: Math.min(s, c),
		end: Math.max(s, c),
		ease: i(e.ease, We, "linear"),
		speed: i(e.speed, Ge, "constant"),
		visible: e.visible !== !1,
		locked: e.locked === !0
	};
}
function W(e) {
	let [t, n] = Array.isArray(e) ? e : q(e) ? [e.x, e.y] : [];
	return typeof t == "number" && typeof n == "number" && Number.isFinite(t) && Number.isFinite(n) ? [t, n] : null;
}
function tt(e) {
	let t = W(e);
	return t && t[0] >= 1 && t[1] >= 1 ? t : B().canvas;
}
function nt(e) {
	return !q(e) || typeof e.filename != "string" || e.filename === "" ? null : {
		filename: e.filename,
		subfolder: String(e.subfolder ?? ""),
		type: String(e.type ?? "input")
	};
}
function rt(e) {
	let t = [[]];
	for (let n of e.split(/\r\n?|\n/)) {
		if (n.trim() === "") {
			t.push([]);
			continue;
		}
		let e = /^\s*[([]?\s*([-+\d.eE]+)\s*[,;\s]\s*([-+\d.eE]+)\s*[)\]]?\s*,?\s*$/.exec(n), r = e ? [Number(e[1]), Number(e[2])] : null;
		if (!r || !r.every(Number.isFinite)) return null;
		t.at(-1).push(r);
	}
	return t.filter((e) => e.length > 0);
}
var it = (e) => e.normalize("NFKC").replace(/[\u2010-\u2014\u2212]/g, "-").replace(/[\u201c\u201d\u201e\u00ab\u00bb]/g, "\"").replace(/[\u2018\u2019\u201a]/g, "'").replace(/[\u200b-\u200d\u2060\ufeff]/g, "").replaceAll("、", ",").trim();
function at(e) {
	let t = e.replaceAll("(", "[").replaceAll(")", "]").replaceAll("'", "\"").replace(/,(\s*[\]}])/g, "$1");
	for (let n of [
		e,
		t,
		`[${ot(t).join(",")}]`
	]) try {
		return JSON.parse(n);
	} catch {}
	throw Error(H);
}
function ot(e) {
	let t = [], n = 0, r = 0;
	for (let i = 0; i < e.length; i++) "[{".includes(e[i]) && n++, "]}".includes(e[i]) && --n === 0 && (t.push(e.slice(r, i + 1).replace(/^[\s,;]+/, "")), r = i + 1);
	return e.slice(r).trim() === "" ? t : [e];
}
function G(e) {
	if (typeof e == "string") return G(at(e));
	if (q(e)) {
		let t = W(e);
		if (t) return [[t]];
		if (Array.isArray(e.x) && Array.isArray(e.y) && e.x.length === e.y.length) {
			let t = e.y;
			return G(e.x.map((e, n) => [e, t[n]]));
		}
		for (let t of [
			"points",
			"coordinates",
			"positive",
			"splines",
			"paths",
			"tracks"
		]) if (t in e) return G(e[t]);
		throw Error(H);
	}
	if (!Array.isArray(e)) throw Error(H);
	let t = e.map(W);
	return e.length > 0 && t.every((e) => e !== null) && e.every((e) => !Array.isArray(e) || e.length === 2) ? [t] : e.flatMap(G);
}
function st(e) {
	let t = e[0];
	if (!Array.isArray(t)) throw Error("Expected track_path as [frames][tracks][x, y], but its first frame is not a list.");
	return t.map((t, n) => e.map((e) => W(Array.isArray(e) ? e[n] : null)).filter((e) => e !== null));
}
function K(e, t, n) {
	let r = e.filter((e) => e.length > 0);
	if (r.length === 0) throw Error(H);
	let [i, a] = r.some((e) => e.some(([e, t]) => e > 1.5 || t > 1.5)) ? t : [1, 1];
	return ct(r.slice(0, Ke).map((e) => {
		let t = e.map(([e, t]) => [L(e / i), L(t / a)]);
		return {
			...V([]),
			kind: "linear",
			speed: "points",
			points: t
		};
	}), n);
}
function ct(e, t) {
	let n = [...t];
	return e.map((e) => {
		let { id: t, name: r, color: i } = V(n), a = {
			...e,
			id: t,
			color: i,
			name: /^Track \d+$/.test(e.name) ? r : e.name
		};
		return n.push(a), a;
	});
}
var q = (e) => typeof e == "object" && !!e && !Array.isArray(e), lt = class {
	host;
	constructor(e) {
		this.host = e;
	}
	listen(e, t) {
		e.addEventListener("paste", (e) => this.onPaste(e), { signal: t }), e.addEventListener("dragover", (e) => e.preventDefault(), { signal: t }), e.addEventListener("drop", (e) => this.onDrop(e), { signal: t });
	}
	copyTrack() {
		let e = this.host.selected();
		e && this.attempt(() => this.toClipboard(Xe(e), `Copied ${e.name}. Paste it into any editor.`));
	}
	exportTracks(e) {
		let t = Qe(this.host.drawing(), e, this.host.size().frames);
		this.attempt(() => this.toClipboard(t, `Copied the visible tracks as ${e}.`));
	}
	importText(e) {
		this.attempt(() => {
			let { width: t, height: n } = this.host.size(), r = Ye(e, [t, n], this.host.drawing().tracks);
			this.host.addTracks(r), this.host.say(`Imported ${r.length} track${r.length === 1 ? "" : "s"}.`);
		});
	}
	askForText() {
		this.attempt(async () => {
			let e = await navigator.clipboard.readText().catch(() => ""), t = window.prompt("Coordinates: Tora text, KJNodes, [[x, y], ...] or TRACKS JSON", e.slice(0, 1e5));
			t && this.importText(t);
		});
	}
	setPicture(e) {
		this.attempt(async () => this.host.setBackground(await this.host.upload(e)));
	}
	askForPicture() {
		let e = document.createElement("input");
		Object.assign(e, {
			type: "file",
			accept: "image/*"
		}), e.addEventListener("change", () => e.files?.[0] && this.setPicture(e.files[0])), e.click();
	}
	attempt(e) {
		let t = (e) => this.host.say(e instanceof Error ? e.message : String(e), !0);
		try {
			Promise.resolve(e()).catch(t);
		} catch (e) {
			t(e);
		}
	}
	async toClipboard(e, t) {
		navigator.clipboard ? (await navigator.clipboard.writeText(e), this.host.say(t)) : window.prompt("The browser allows no clipboard on a page without https. Copy the text here:", e);
	}
	onPaste(e) {
		if (e.target instanceof HTMLInputElement) return;
		let t = [...e.clipboardData?.files ?? []].find((e) => e.type.startsWith("image/")), n = e.clipboardData?.getData("text/plain") ?? "";
		(t || n !== "") && (e.preventDefault(), e.stopPropagation(), t ? this.setPicture(t) : this.importText(n));
	}
	onDrop(e) {
		let t = e.dataTransfer?.files[0];
		t && (e.preventDefault(), e.stopPropagation(), t.type.startsWith("image/") ? this.setPicture(t) : this.attempt(async () => this.importText(await t.text())));
	}
}, ut = /* @__PURE__ */ u((/* @__PURE__ */ c(((e, t) => {
	(function() {
		function e(e, t) {
			var n = e.x - t.x, r = e.y - t.y;
			return n * n + r * r;
		}
		function n(e, t, n) {
			var r = t.x, i = t.y, a = n.x - r, o = n.y - i;
			if (a !== 0 || o !== 0) {
				var s = ((e.x - r) * a + (e.y - i) * o) / (a * a + o * o);
				s > 1 ? (r = n.x, i = n.y) : s > 0 && (r += a * s, i += o * s);
			}
			return a = e.x - r, o = e.y - i, a * a + o * o;
		}
		function r(t, n) {
			for (var r = t[0], i = [r], a, o = 1, s = t.length; o < s; o++) a = t[o], e(a, r) > n && (i.push(a), r = a);
			return r !== a && i.push(a), i;
		}
		function i(e, t, r, a, o) {
			for (var s = a, c, l = t + 1; l < r; l++) {
				var u = n(e[l], e[t], e[r]);
				u > s && (c = l, s = u);
			}
			s > a && (c - t > 1 && i(e, t, c, a, o), o.push(e[c]), r - c > 1 && i(e, c, r, a, o));
		}
		function a(e, t) {
			var n = e.length - 1, r = [e[0]];
			return i(e, 0, n, t, r), r.push(e[n]), r;
		}
		function o(e, t, n) {
			if (e.length <= 2) return e;
			var i = t === void 0 ? 1 : t * t;
			return e = n ? e : r(e, i), e = a(e, i), e;
		}
		typeof define == "function" && define.amd ? define(function() {
			return o;
		}) : t === void 0 ? typeof self < "u" ? self.simplify = o : window.simplify = o : (t.exports = o, t.exports.default = o);
	})();
})))(), 1), dt = [
	{
		name: "circle",
		kind: "spline",
		closed: !0,
		points: [
			[1, 0],
			[.86603, .5],
			[.5, .86603],
			[0, 1],
			[-.5, .86603],
			[-.86603, .5],
			[-1, 0],
			[-.86603, -.5],
			[-.5, -.86603],
			[0, -1],
			[.5, -.86603],
			[.86603, -.5]
		]
	},
	{
		name: "spiral",
		kind: "spline",
		closed: !1,
		points: [
			[0, 0],
			[.0227, .01192],
			[.02913, .0422],
			[.00927, .07636],
			[-.03637, .0959],
			[-.09596, .08502],
			[-.14938, .03682],
			[-.17427, -.04295],
			[-.15354, -.13603],
			[-.08183, -.21577],
			[.03091, -.25454],
			[.16022, -.23212],
			[.27245, -.14299],
			[.33333, 0],
			[.31786, .16682],
			[.21849, .31653],
			[.04945, .40727],
			[-.15457, .40757],
			[-.34547, .30606],
			[-.47302, .11659],
			[-.49792, -.12273],
			[-.40304, -.35707],
			[-.20003, -.52745],
			[.07109, -.58544],
			[.34958, -.50645],
			[.5676, -.2979],
			[.66667, 0],
			[.61301, .32173],
			[.40784, .59086],
			[.08963, .73817],
			[-.27277, .71924],
			[-.59497, .5271],
			[-.79667, .19636],
			[-.82157, -.2025],
			[-.65255, -.57811],
			[-.31824, -.83912],
			[.11126, -.91635],
			[.53893, -.78078],
			[.86275, -.45281],
			[1, 0]
		]
	},
	{
		name: "coaster",
		kind: "spline",
		closed: !1,
		points: [
			[-1, -1],
			[-.91667, -.77352],
			[-.83333, -.24588],
			[-.75, .35398],
			[-.66667, .77942],
			[-.58333, .86751],
			[-.5, .60104],
			[-.41667, .10768],
			[-.33333, -.4],
			[-.25, -.71601],
			[-.16667, -.72444],
			[-.08333, -.44135],
			[0, 0],
			[.08333, .41091],
			[.16667, .62785],
			[.25, .57742],
			[.33333, .3],
			[.41667, -.07505],
			[.5, -.38891],
			[.58333, -.52051],
			[.66667, -.43301],
			[.75, -.18177],
			[.83333, .11647],
			[.91667, .33718],
			[1, .4]
		]
	},
	{
		name: "dance",
		kind: "spline",
		closed: !0,
		points: [
			[0, .4],
			[.30902, -.07023],
			[.58779, -.36085],
			[.80902, -.36085],
			[.95106, -.07023],
			[1, .4],
			[.95106, -.07023],
			[.80902, -.36085],
			[.58779, -.36085],
			[.30902, -.07023],
			[0, .4],
			[-.30902, -.07023],
			[-.58779, -.36085],
			[-.80902, -.36085],
			[-.95106, -.07023],
			[-1, .4],
			[-.95106, -.07023],
			[-.80902, -.36085],
			[-.58779, -.36085],
			[-.30902, -.07023],
			[0, .4],
			[.30902, -.07023],
			[.58779, -.36085],
			[.80902, -.36085],
			[.95106, -.07023],
			[1, .4],
			[.95106, -.07023],
			[.80902, -.36085],
			[.58779, -.36085],
			[.30902, -.07023],
			[0, .4],
			[-.30902, -.07023],
			[-.58779, -.36085],
			[-.80902, -.36085],
			[-.95106, -.07023],
			[-1, .4],
			[-.95106, -.07023],
			[-.80902, -.36085],
			[-.58779, -.36085],
			[-.30902, -.07023]
		]
	},
	{
		name: "infinity",
		kind: "spline",
		closed: !0,
		points: [
			[0, 0],
			[.38268, .42426],
			[.70711, .6],
			[.92388, .42426],
			[1, 0],
			[.92388, -.42426],
			[.70711, -.6],
			[.38268, -.42426],
			[0, 0],
			[-.38268, .42426],
			[-.70711, .6],
			[-.92388, .42426],
			[-1, 0],
			[-.92388, -.42426],
			[-.70711, -.6],
			[-.38268, -.42426]
		]
	},
	{
		name: "pause",
		kind: "linear",
		closed: !1,
		points: [
			[-1, 0],
			[-.5, 0],
			[0, 0],
			[0, 0],
			[.5, 0],
			[1, 0]
		]
	},
	{
		name: "shake",
		kind: "spline",
		closed: !1,
		points: [
			[0, .2],
			[.40094, .17255],
			[.44353, .10779],
			[.11045, .02225],
			[-.29756, -.06365],
			[-.43272, -.13051],
			[-.19661, -.16431],
			[.19066, -.15933],
			[.39454, -.11899],
			[.25505, -.05455],
			[-.08898, .01793],
			[-.33565, .08157],
			[-.28488, .1226],
			[0, .13333],
			[.26378, .11352],
			[.2877, .06992],
			[.07057, .01422],
			[-.18703, -.04001],
			[-.26727, -.08061],
			[-.11916, -.09958],
			[.1132, -.0946],
			[.22909, -.06909],
			[.14453, -.03091],
			[-.04909, .00989],
			[-.17981, .0437],
			[-.14772, .06357],
			[0, .06667],
			[.12661, .05449],
			[.13186, .03204],
			[.03068, .00618],
			[-.07651, -.01637],
			[-.10182, -.03071],
			[-.04171, -.03485],
			[.03575, -.02988],
			[.06364, -.01919],
			[.03401, -.00727],
			[-.0092, .00185],
			[-.02397, .00583],
			[-.01055, .00454],
			[0, 0]
		]
	},
	{
		name: "wave",
		kind: "spline",
		closed: !1,
		points: [
			[-1, 0],
			[-.875, .35355],
			[-.75, .5],
			[-.625, .35355],
			[-.5, 0],
			[-.375, -.35355],
			[-.25, -.5],
			[-.125, -.35355],
			[0, 0],
			[.125, .35355],
			[.25, .5],
			[.375, .35355],
			[.5, 0],
			[.625, -.35355],
			[.75, -.5],
			[.875, -.35355],
			[1, 0]
		]
	},
	{
		name: "sawtooth",
		kind: "linear",
		closed: !1,
		points: [
			[-1, .5],
			[-.75, -.5],
			[-.5, .5],
			[-.25, -.5],
			[0, .5],
			[.25, -.5],
			[.5, .5],
			[.75, -.5],
			[1, .5]
		]
	},
	{
		name: "line",
		kind: "linear",
		closed: !1,
		points: [[-1, 0], [1, 0]]
	},
	{
		name: "arc",
		kind: "spline",
		closed: !1,
		points: [
			[-1, 0],
			[-.99271, -.12054],
			[-.97094, -.23932],
			[-.93502, -.3546],
			[-.88546, -.46472],
			[-.82298, -.56806],
			[-.74851, -.66312],
			[-.66312, -.74851],
			[-.56806, -.82298],
			[-.46472, -.88546],
			[-.3546, -.93502],
			[-.23932, -.97094],
			[-.12054, -.99271],
			[0, -1],
			[.12054, -.99271],
			[.23932, -.97094],
			[.3546, -.93502],
			[.46472, -.88546],
			[.56806, -.82298],
			[.66312, -.74851],
			[.74851, -.66312],
			[.82298, -.56806],
			[.88546, -.46472],
			[.93502, -.3546],
			[.97094, -.23932],
			[.99271, -.12054],
			[1, 0]
		]
	},
	{
		name: "zigzag",
		kind: "linear",
		closed: !1,
		points: [
			[1, -1],
			[-1, -.66667],
			[1, -.33333],
			[-1, 0],
			[1, .33333],
			[-1, .66667],
			[1, 1]
		]
	},
	{
		name: "bounce",
		kind: "linear",
		closed: !1,
		points: [
			[-1, -1],
			[-.94286, -.922],
			[-.88571, -.75045],
			[-.82857, -.49665],
			[-.77143, -.17572],
			[-.71429, .19422],
			[-.65714, .5931],
			[-.6, 1],
			[-.54286, .60582],
			[-.48571, .2438],
			[-.42857, -.06884],
			[-.37143, -.31794],
			[-.31429, -.49303],
			[-.25714, -.58774],
			[-.2, -.6],
			[-.14286, -.53203],
			[-.08571, -.39007],
			[-.02857, -.18392],
			[.02857, .07367],
			[.08571, .36777],
			[.14286, .68211],
			[.2, 1],
			[.25714, .69483],
			[.31429, .41736],
			[.37143, .18056],
			[.42857, -.00521],
			[.48571, -.13265],
			[.54286, -.19777],
			[.6, -.2],
			[.65714, -.14206],
			[.71429, -.02968],
			[.77143, .12882],
			[.82857, .32307],
			[.88571, .54132],
			[.94286, .77112],
			[1, 1]
		]
	}
], ft = dt.map((e) => e.name);
function pt(e, t, n, r, i) {
	let a = dt.find((t) => t.name === e);
	if (!a) throw Error(`Expected a preset of ${ft.join(", ")}, got ${e}.`);
	let o = Math.min(r, i) * n, s = a.points.map(([e, n]) => [L(t[0] + e * o / r), L(t[1] + n * o / i)]);
	return {
		kind: a.kind,
		closed: a.closed,
		speed: "points",
		points: s
	};
}
// web/src/state.ts
var J = ([e, t]) => [mt(L(e)), mt(L(t))], mt = (e) => Math.round(e * 1e5) / 1e5, ht = (e) => e.points.map((t, n) => ({
	track: e.id,
	index: n
}));
function gt(e, t, n) {
	let r = (e, t, n) => e >= Math.min(t, n) && e <= Math.max(t, n);
	return ht(e).filter(({ index: i }) => {
		let [a, o] = e.points[i];
		return r(a, t[0], n[0]) && r(o, t[1], n[1]);
	});
}
function Y(e, t, n) {
	return {
		...e,
		tracks: e.tracks.map((e) => e.id === t ? {
			...e,
			...n(e)
		} : e)
	};
}
function X(e, t = [], n = {}) {
	if (e.tracks.length >= 1024) return [e, null];
	let r = V(e.tracks, {
		...n,
		points: t.map(J)
	});
	return [{
		...e,
		tracks: [...e.tracks, r]
	}, r.id];
}
var _t = (e, t) => ({
	...e,
	tracks: e.tracks.filter((e) => e.id !== t)
});
function vt(e, t, n = .03) {
	let r = e.tracks.find((e) => e.id === t);
	if (!r) return [e, null];
	let [i, a] = X(e, r.points.map(([e, t]) => [e + n, t + n]));
	if (a === null) return [e, null];
	let o = `${r.name} copy`;
	return [Y(i, a, ({ color: e, points: t }) => ({
		...r,
		id: a,
		name: o,
		color: e,
		points: t
	})), a];
}
function yt(e, t, n) {
	let r = e.tracks.findIndex((e) => e.id === t), i = L(r + n, 0, e.tracks.length - 1);
	if (r < 0 || r === i) return e;
	let a = [...e.tracks];
	return a.splice(i, 0, ...a.splice(r, 1)), {
		...e,
		tracks: a
	};
}
var Z = (e, t, n) => Y(e, t, () => n);
function bt(e, t, n, r) {
	return Y(e, t, (e) => {
		let t = mt(L(r));
		return n === "start" ? {
			start: t,
			end: Math.max(t, e.end)
		} : {
			end: t,
			start: Math.min(t, e.start)
		};
	});
}
var xt = (e, t, n, r) => Y(e, t, ({ points: e }) => ({ points: e.toSpliced(n, 0, J(r)) }));
function St(e, t, n, r) {
	let i = new Set(t.map((e) => `${e.track}:${e.index}`)), a = (e, t) => !e.locked && i.has(`${e.id}:${t}`), o = e.tracks.flatMap((e) => e.points.filter((t, n) => a(e, n)));
	if (o.length === 0) return e;
	let s = (e, t) => {
		let n = o.map((t) => t[e]);
		return L(t, -Math.min(...n), 1 - Math.max(...n));
	}, [c, l] = [s(0, n), s(1, r)];
	return {
		...e,
		tracks: e.tracks.map((e) => {
			if (!e.points.some((t, n) => a(e, n))) return e;
			let t = e.points.map((t, n) => a(e, n) ? J([t[0] + c, t[1] + l]) : t);
			return {
				...e,
				points: t
			};
		})
	};
}
function Ct(e, t) {
	let n = new Set(t.map((e) => `${e.track}:${e.index}`)), r = e.tracks.map((e) => e.locked ? e : {
		...e,
		points: e.points.filter((t, r) => !n.has(`${e.id}:${r}`))
	});
	return {
		...e,
		tracks: r.filter((t, n) => t.points.length > 0 || e.tracks[n] === t)
	};
}
var wt = (e, t) => Y(e, t, ({ points: e }) => ({ points: e.toReversed() })), Tt = (e, t) => Y(e, t, ({ points: e, closed: t }) => ({ points: He(e, t).map(J) })), Et = 2.5, Dt = .03;
function Ot(e, t, n) {
	let r = e.drawing();
	return {
		move: (i) => e.edit(St(r, t, i[0] - n[0], i[1] - n[1]), "no"),
		finish: () => e.edit(e.drawing(), "pointer"),
		cancel: () => e.edit(r, "no")
	};
}
function kt(e, t, n, r) {
	let i = e.drawing();
	return {
		move: (a) => {
			let { width: o, height: s } = e.size(), c = Math.hypot((a[0] - r[0]) * o, (a[1] - r[1]) * s) / Math.min(o, s), l = pt(t, r, Math.max(c, Dt), o, s);
			e.edit(Z(i, n, l), "no");
		},
		finish: () => {
			let t = e.selected();
			t && e.choose(ht(t)), e.edit(e.drawing(), "pointer");
		},
		cancel: () => e.edit(i, "no")
	};
}
function At(e, t, n) {
	let r = e.drawing(), i = [n];
	return {
		move: (n) => {
			i.push(n), e.edit(Z(r, t, { points: [...i] }), "no");
		},
		finish: () => {
			let { width: n, height: a } = e.size(), o = i.map(([e, t]) => ({
				x: e * n,
				y: t * a
			})), s = (0, ut.default)(o, Et, !0).map(({ x: e, y: t }) => [e / n, t / a]);
			e.edit(Z(r, t, { points: s }), "pointer");
		},
		cancel: () => e.edit(r, "no")
	};
}
function jt(e, t, n) {
	let r = n;
	return {
		move: (e) => {
			r = e, t.showBox(n, e);
		},
		finish: () => {
			t.hideBox();
			let i = e.selected();
			e.choose(i ? gt(i, n, r) : []);
		},
		cancel: () => {
			t.hideBox(), e.choose([]);
		}
	};
}
// web/src/gestures.ts
var Mt = .3, Nt = class {
	surface;
	host;
	drag = null;
	constructor(e, t, n) {
		this.surface = e, this.host = t;
		let { element: r } = e;
		r.addEventListener("pointerdown", (e) => this.onDown(e), { signal: n }), r.addEventListener("pointermove", (e) => this.onMove(e), { signal: n }), r.addEventListener("pointerup", (e) => this.onEnd(e), { signal: n }), r.addEventListener("pointercancel", (e) => this.onEnd(e), { signal: n }), r.addEventListener("contextmenu", (e) => this.onMenu(e), { signal: n });
	}
	get dragging() {
		return this.drag !== null;
	}
	onDown(e) {
		if (e.button !== 0 || this.host.readOnly()) return;
		let { element: t } = this.surface;
		t.focus({ preventScroll: !0 }), t.setPointerCapture(e.pointerId), e.stopPropagation(), this.press(this.surface.place(e), Pt(e.target), Ft(e.target), e.shiftKey);
	}
	onMove(e) {
		this.drag && (e.stopPropagation(), this.drag.move(this.surface.place(e)));
	}
	onEnd(e) {
		let { drag: t } = this;
		t && (e.stopPropagation(), this.drag = null, e.type === "pointercancel" ? t.cancel() : t.finish());
	}
	onMenu(e) {
		e.preventDefault(), e.stopPropagation();
		let t = Ft(e.target);
		t && !this.host.readOnly() && (this.host.choose([]), this.host.edit(Ct(this.host.drawing(), [t]), "other"));
	}
	press(e, t, n, r) {
		let { host: i } = this, a = i.takePreset();
		a ? this.startPreset(a, e) : n ? this.grab(n, e, r) : t && t !== i.selected()?.id ? i.select(t) : r ? this.drag = jt(i, this.surface, e) : this.draw(e, t);
	}
	startPreset(e, t) {
		let { host: n } = this, { width: r, height: i } = n.size(), a = pt(e, t, Mt, r, i), [o, s] = X(n.drawing(), a.points, a);
		s !== null && (n.edit(o, "no"), n.select(s), this.drag = kt(n, e, s, t));
	}
	draw(e, t) {
		let { host: n } = this;
		if (!n.selected()) {
			let [e, t] = X(n.drawing(), [], { kind: n.kind() });
			n.edit(e, "no"), n.select(t);
		}
		let r = n.selected();
		if (!r || r.locked || !r.visible) return n.say("This track is locked or hidden.");
		if (r.kind === "freehand" && r.points.length === 0) {
			this.drag = At(n, r.id, e);
			return;
		}
		let { width: i, height: a } = n.size(), o = r.kind === "static", s = t === r.id ? Ve(r, [e[0] * i, e[1] * a], i, a) : r.points.length, c = o ? 0 : s, l = o ? Z(n.drawing(), r.id, { points: [] }) : n.drawing();
		n.edit(xt(l, r.id, c, e), "no"), this.grab({
			track: r.id,
			index: c
		}, e, !1);
	}
	grab(e, t, n) {
		let { host: r } = this;
		e.track !== r.selected()?.id && r.select(e.track);
		let i = (t) => t.track === e.track && t.index === e.index, a = r.chosen().some(i);
		n ? r.choose(a ? r.chosen().filter((e) => !i(e)) : [...r.chosen(), e]) : a || r.choose([e]), this.drag = Ot(r, r.chosen(), t);
	}
};
function Pt(e) {
	return e.closest("[data-track]")?.getAttribute("data-track") ?? null;
}
function Ft(e) {
	let t = Pt(e), n = e.getAttribute("data-index");
	return t && n !== null ? {
		track: t,
		index: Number(n)
	} : null;
}
// web/src/keys.ts
var It = {
	ArrowLeft: [-1, 0],
	ArrowRight: [1, 0],
	ArrowUp: [0, -1],
	ArrowDown: [0, 1]
};
function Lt(e, t, n) {
	e.addEventListener("keydown", (e) => Rt(e, t) && e.preventDefault(), { signal: n });
}
function Rt(e, t) {
	let n = t.chosen(), r = t.selected(), i = It[e.key], a = e.ctrlKey || e.metaKey;
	if (i && n.length) {
		let { width: r, height: a } = t.size(), o = e.shiftKey ? 10 : 1;
		t.edit(St(t.drawing(), n, i[0] * o / r, i[1] * o / a), "other");
	} else if ((e.key === "Delete" || e.key === "Backspace") && n.length) t.choose([]), t.edit(Ct(t.drawing(), n), "other");
	else if (e.key === "Escape" && (n.length || t.dragging())) t.choose([]);
	else if (e.key === "a" && a && r) t.choose(ht(r));
	else if (e.key === "c" && a && r) t.copyTrack();
	else return !1;
	return !0;
}
// web/src/session.ts
var zt = class {
	host;
	drawing = B();
	chosen = [];
	kind = "spline";
	preset = null;
	playing = !1;
	selectedId = null;
	unread = null;
	constructor(e) {
		this.host = e;
	}
	get value() {
		return this.unread ?? Je(this.drawing);
	}
	setValue(e) {
		let t = typeof e == "string" ? e : e == null ? "" : JSON.stringify(e);
		if (t === this.value) return;
		let { drawing: n, error: r } = qe(t);
		this.drawing = n ?? B(), this.unread = n ? null : t, this.chosen = [], this.selected || (this.selectedId = this.drawing.tracks[0]?.id ?? null), this.host.say(r ? `This text holds no drawing (${r}). It is kept until you draw or import.` : "", r !== null), this.host.refresh();
	}
	get selected() {
		return this.drawing.tracks.find((e) => e.id === this.selectedId) ?? null;
	}
	select(e) {
		this.selectedId = e, this.choose([]);
	}
	choose(e) {
		this.chosen = e, this.host.refresh();
	}
	edit(e, t) {
		let { width: n, height: r } = this.host.size();
		this.drawing = {
			...e,
			canvas: [n, r]
		}, this.unread !== null && (this.unread = null, this.host.say("")), this.host.edited(t);
	}
	editSelected(e) {
		this.selected && this.edit(e(this.drawing, this.selected), "other");
	}
	changeTrack(e, t) {
		this.edit(Z(this.drawing, e, t), "other");
	}
	addTrack() {
		this.editAndSelect(X(this.drawing, [], { kind: this.kind }));
	}
	duplicateTrack(e) {
		this.editAndSelect(vt(this.drawing, e));
	}
	removeTrack(e) {
		this.edit(_t(this.drawing, e), "other"), this.select(this.drawing.tracks.at(-1)?.id ?? null);
	}
	moveTrack(e, t) {
		this.edit(yt(this.drawing, e, t), "other");
	}
	addTracks(e) {
		this.selectedId = e[0]?.id ?? this.selectedId, this.edit({
			...this.drawing,
			tracks: [...this.drawing.tracks, ...e]
		}, "other");
	}
	takePreset() {
		let e = this.preset;
		return this.preset = null, e;
	}
	editAndSelect([e, t]) {
		this.edit(e, "other"), t && this.select(t);
	}
}, Bt = 8, Vt = class {
	element = C("g", { "pointer-events": "none" });
	played = null;
	startedAt = null;
	request = 0;
	show(e) {
		this.played = e, e ? this.startedAt === null && (this.startedAt = performance.now(), this.request = requestAnimationFrame(this.step)) : this.stop();
	}
	stop() {
		cancelAnimationFrame(this.request), this.startedAt = null, this.element.replaceChildren();
	}
	step = (e) => {
		if (!this.played || this.startedAt === null) return;
		if (!this.element.isConnected) return this.stop();
		let { tracks: t, size: n, unit: r } = this.played, { width: i, height: a, frames: o } = n, s = (e - this.startedAt) / 1e3 % (o / Bt) / (o / Bt), c = String(7 * r), l = t.map((e) => {
			let [t, n] = R(e, i, a)(s);
			return C("circle", {
				class: "play",
				cx: String(t),
				cy: String(n),
				r: c,
				fill: e.color
			});
		});
		this.element.replaceChildren(...l), this.request = requestAnimationFrame(this.step);
	};
};
// web/src/trackgroup.ts
function Ht(e, { width: t, height: n, frames: r, unit: i, active: a, faint: o, chosen: s }) {
	let c = C("g", {
		"data-track": e.id,
		class: o ? "faint" : ""
	}), l = Le(e, t, n), u = (e) => C("path", {
		class: e,
		d: l
	}), d = C("path", {
		class: "line",
		d: l,
		stroke: e.color
	});
	if (c.append(...a ? [u("under")] : [], u("halo"), d, u("hit")), a && e.points.length > 1 && e.kind !== "static") {
		let a = R(e, t, n);
		for (let t = 0; t < r; t += 1) {
			let [n, o] = a(r > 1 ? t / (r - 1) : 0), s = C("circle", {
				class: "tick",
				cx: String(n),
				cy: String(o),
				r: String(1.8 * i),
				fill: e.color
			});
			s.append(Object.assign(C("title", {}), { textContent: `frame ${t}` })), c.append(s);
		}
	}
	let f = a ? e.points.map((e, t) => t) : e.points.length ? [0] : [];
	for (let r of f) {
		let [a, o] = e.points[r], l = s.includes(r), u = `point${r === 0 ? " first" : ""}${l ? " chosen" : ""}`, d = String((r === 0 ? 6 : 4.5) * i);
		c.append(C("circle", {
			class: u,
			cx: String(a * t),
			cy: String(o * n),
			r: d,
			fill: e.color,
			"data-index": String(r)
		}));
	}
	return c;
}
// web/src/stage.ts
var Ut = class {
	element = C("svg", {
		class: "tora-stage",
		tabindex: "0",
		role: "application",
		"aria-label": "Trajectory drawing"
	});
	frame = C("rect", {
		class: "frame",
		x: "0",
		y: "0"
	});
	picture = C("image", {
		preserveAspectRatio: "xMidYMid slice",
		"pointer-events": "none"
	});
	grid = C("path", { class: "grid" });
	lines = C("g", {});
	player = new Vt();
	box = C("rect", {
		class: "marquee",
		visibility: "hidden"
	});
	size = {
		width: 1,
		height: 1,
		frames: 1
	};
	drawn = /* @__PURE__ */ new Map();
	resized;
	constructor(e) {
		this.element.append(this.frame, this.picture, this.grid, this.lines, this.player.element, this.box), this.resized = new ResizeObserver(e), this.resized.observe(this.element);
	}
	render(e) {
		this.size = e.size, this.renderFrame(e);
		let t = this.unit();
		this.renderTracks(e, t);
		let n = e.tracks.filter((e) => e.visible && e.points.length > 0);
		this.player.show(e.playing ? {
			tracks: n,
			size: e.size,
			unit: t
		} : null);
	}
	dispose() {
		this.resized.disconnect(), this.player.show(null);
	}
	place(e) {
		let t = this.frame.getBoundingClientRect();
		return [L((e.clientX - t.left) / t.width), L((e.clientY - t.top) / t.height)];
	}
	showBox(e, t) {
		let { width: n, height: r } = this.size;
		w(this.box, {
			visibility: "visible",
			x: String(Math.min(e[0], t[0]) * n),
			y: String(Math.min(e[1], t[1]) * r),
			width: String(Math.abs(e[0] - t[0]) * n),
			height: String(Math.abs(e[1] - t[1]) * r)
		});
	}
	hideBox() {
		w(this.box, { visibility: "hidden" });
	}
	renderFrame({ size: { width: e, height: t }, picture: n, opacity: r }) {
		w(this.element, { viewBox: `${-e * .02} ${-t * .02} ${e * 1.04} ${t * 1.04}` }), w(this.frame, {
			width: String(e),
			height: String(t)
		}), w(this.picture, {
			width: String(e),
			height: String(t),
			opacity: String(r)
		}), w(this.picture, { visibility: n ? "visible" : "hidden" }), n && this.picture.getAttribute("href") !== n && this.picture.setAttribute("href", n);
		let [i, a, o, s] = [
			e / 3,
			2 * e / 3,
			t / 3,
			2 * t / 3
		];
		w(this.grid, { d: `M${i} 0V${t}M${a} 0V${t}M0 ${o}H${e}M0 ${s}H${e}` });
	}
	renderTracks({ size: e, tracks: t, selected: n, chosen: r }, i) {
		let a = t.filter((e) => e.visible && e.id !== n?.id), o = n?.visible ? [...a, n] : a, s = `${e.width} ${e.height} ${e.frames} ${i} ${n?.id ?? ""}`, c = /* @__PURE__ */ new Map();
		for (let t of o) {
			let a = r.flatMap((e) => e.track === t.id ? [e.index] : []), o = `${s} ${a.join(",")}`, l = this.drawn.get(t), u = t.id === n?.id, d = {
				...e,
				unit: i,
				active: u,
				faint: !u && n !== null,
				chosen: a
			};
			c.set(t, {
				key: o,
				group: l?.key === o ? l.group : Ht(t, d)
			});
		}
		this.drawn = c, this.placeGroups([...c.values()].map(({ group: e }) => e));
	}
	placeGroups(e) {
		let t = new Set(e);
		for (e.forEach((e, n) => {
			let r = this.lines.children[n];
			r !== e && (r && !t.has(r) ? r.replaceWith(e) : this.lines.insertBefore(e, r ?? null));
		}); this.lines.children.length > e.length;) this.lines.lastElementChild?.remove();
	}
	unit() {
		let e = this.frame.getBoundingClientRect().width;
		return e > 0 ? this.size.width / e : 1;
	}
}, Wt = "\n.tora-editor { display: flex; flex-direction: column; gap: 4px; box-sizing: border-box; width: 100%; height: 100%;\n  min-width: 0; padding: 4px; container-type: inline-size; font: 12px/1.35 system-ui, sans-serif; color: var(--input-text, #ddd); outline: none; }\n.tora-editor *, .tora-editor *::before { box-sizing: border-box; }\n.tora-editor :is(button, select, input) { font: inherit; color: var(--input-text, #ddd); background: var(--comfy-input-bg, #222);\n  border: 1px solid var(--border-color, #4e4e4e); border-radius: 4px; padding: 2px 6px; min-width: 0; height: 24px; }\n.tora-editor button { cursor: pointer; white-space: nowrap; }\n.tora-editor button[aria-pressed=\"true\"] { border-color: #3b8eea; color: #3b8eea; }\n.tora-editor :is(button, select, input):focus-visible, .tora-stage:focus-visible { outline: 2px solid #3b8eea; outline-offset: -1px; }\n.tora-editor button:disabled { opacity: 0.4; cursor: default; }\n.tora-bar { display: flex; flex-wrap: wrap; gap: 4px; align-items: center; }\n.tora-bar label { display: flex; gap: 4px; align-items: center; color: var(--descrip-text, #999); }\n.tora-bar input[type=\"range\"] { width: 74px; padding: 0; accent-color: #3b8eea; }\n.tora-body { display: flex; gap: 4px; flex: 1 1 0; min-height: 0; }\n.tora-stage { flex: 1 1 0; min-width: 0; contain: layout paint style; will-change: transform; touch-action: none; background: var(--comfy-input-bg, #222); border: 1px solid var(--border-color, #4e4e4e);\n  border-radius: 4px; cursor: crosshair; user-select: none; }\n.tora-stage .frame { fill: #fff1; stroke: var(--border-color, #888); vector-effect: non-scaling-stroke; }\n.tora-stage .grid { stroke: #8886; vector-effect: non-scaling-stroke; pointer-events: none; }\n.tora-stage path { fill: none; vector-effect: non-scaling-stroke; stroke-linejoin: round; stroke-linecap: round; }\n.tora-stage .halo { stroke: #fffc; stroke-width: 4px; pointer-events: none; }\n.tora-stage .under { stroke: #0009; stroke-width: 5.5px; pointer-events: none; }\n.tora-stage .line { stroke-width: 2px; pointer-events: none; }\n.tora-stage .hit { stroke: transparent; stroke-width: 12px; pointer-events: stroke; cursor: pointer; }\n.tora-stage .tick { pointer-events: all; stroke: #0008; vector-effect: non-scaling-stroke; cursor: pointer; }\n.tora-stage .point { stroke: #fff; stroke-width: 1.5px; vector-effect: non-scaling-stroke; cursor: grab; }\n.tora-stage .point.first { stroke: #111; }\n.tora-stage .point.chosen { stroke: #3b8eea; stroke-width: 3px; }\n.tora-stage .faint { opacity: 0.45; }\n.tora-stage .play { stroke: #fff; stroke-width: 2px; vector-effect: non-scaling-stroke; pointer-events: none; }\n.tora-stage .marquee { fill: #3b8eea22; stroke: #3b8eea; vector-effect: non-scaling-stroke; pointer-events: none; }\n.tora-list { flex: 0 0 138px; overflow: auto; margin: 0; padding: 0; list-style: none; border: 1px solid var(--border-color, #4e4e4e); border-radius: 4px; }\n.tora-list li { display: flex; flex-wrap: wrap; gap: 3px; align-items: center; padding: 2px 4px; cursor: pointer; }\n.tora-list li[aria-selected=\"true\"] { background: var(--comfy-input-bg, #222); box-shadow: inset 2px 0 #3b8eea; }\n.tora-list input[type=\"color\"] { width: 16px; height: 16px; padding: 0; border: 0; flex: none; }\n.tora-list .name { flex: 1 1 40px; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; border: 0; background: none; padding: 0 2px; height: 20px; }\n.tora-list .more { flex: 1 0 100%; display: flex; justify-content: flex-end; }\n.tora-icon { width: 13px; height: 13px; fill: none; stroke: currentColor; stroke-width: 1.5; stroke-linecap: round; stroke-linejoin: round;\n  vertical-align: -2px; pointer-events: none; }\n.tora-list button { border: 0; background: none; padding: 0 2px; height: 20px; opacity: 0.75; }\n.tora-note { color: var(--descrip-text, #999); min-height: 16px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }\n.tora-note.error { color: var(--error-text, #ff6b6b); white-space: normal; }\n@container (max-width: 400px) {\n  .tora-body { flex-direction: column; }\n  .tora-list { flex: 0 0 auto; max-height: 74px; }\n  .tora-list .more { flex: 0 0 auto; }\n  .tora-list li { flex-wrap: nowrap; }\n  .tora-bar .wide { display: none; }\n}\ndialog.tora-dialog { width: 92vw; height: 90vh; max-width: none; max-height: none; padding: 8px; color: var(--fg-color, #fff);\n  background: var(--comfy-menu-bg, #353535); border: 1px solid var(--border-color, #4e4e4e); border-radius: 8px; }\n";
function Gt() {
	if (document.getElementById("tora-editor-style")) return;
	let e = document.createElement("style");
	e.id = "tora-editor-style", e.textContent = Wt, document.head.append(e);
}
// web/src/icons.ts
var Kt = {
	play: "M5 3l8 5-8 5z",
	stop: "M4 4h8v8H4z",
	expand: "M9 2h5v5M14 2L9 7M7 14H2V9M2 14l5-5",
	shown: "M1 8c3-5 11-5 14 0-3 5-11 5-14 0zM8 6a2 2 0 100 4 2 2 0 000-4z",
	hidden: "M1 8c3-5 11-5 14 0M2 13L14 3",
	locked: "M4 7h8v7H4zM5.5 7V5a2.5 2.5 0 015 0v2",
	unlocked: "M4 7h8v7H4zM5.5 7V4a2.5 2.5 0 015-.5",
	duplicate: "M2 2h8v8H2zM6 6h8v8H6z",
	up: "M8 13V3M4 7l4-4 4 4",
	down: "M8 3v10M4 9l4 4 4-4",
	remove: "M3 3l10 10M13 3L3 13",
	help: "M5.5 6a2.5 2.5 0 113.6 2.3c-.8.4-1.1.8-1.1 1.7M8 12.6v.1"
};
function Q(e) {
	let t = C("svg", {
		viewBox: "0 0 16 16",
		class: "tora-icon",
		"aria-hidden": "true"
	});
	return t.append(C("path", { d: Kt[e] })), t;
}
// web/src/toolbar.ts
var qt = "Click: add a point. Drag: move a point. Click on the line: insert a point. Shift: choose several points, or draw a box. Right click or Delete: remove. Arrow keys: move by 1 pixel (with Shift: 10). Ctrl+V: paste tracks or a picture.", Jt = class {
	element = v("div", "tora-bar");
	play;
	changes;
	constructor(e, t) {
		let n = y("+ track", "Start a new track", () => e.addTrack()), r = ee("Add a preset", "preset…", ft, (t) => e.choosePreset(t));
		this.changes = [
			y("reverse", "Reverse the track", () => e.reverse()),
			y("smooth", "Smooth the track", () => e.smooth()),
			y("close", "Join the last point to the first, or open the track again", () => e.toggleClosed())
		], this.play = y(Q("play"), "Play: a dot moves along every track", () => e.togglePlay());
		let i = x("Opacity of the picture", (t) => e.setOpacity(t), "input");
		i.value = String(t);
		let a = y(Q("expand"), "Expand, or come back", () => e.expand());
		this.element.append(n, r, ...this.changes, this.play, y("import", "Import coordinates in any known form", () => e.askForText()), ee("Copy all tracks", "export…", Ze, (t) => e.exportTracks(t)), y("copy", "Copy the track for another editor", () => e.copyTrack()), y("picture", "Choose a picture to draw on", () => e.askForPicture()), i, a, y(Q("help"), qt, () => e.help()));
		let o = /* @__PURE__ */ new Set([
			n,
			r,
			this.play,
			a
		]);
		for (let e of this.element.children) e.classList.toggle("wide", !o.has(e));
	}
	render(e, t) {
		for (let t of this.changes) t.disabled = !e || e.locked;
		this.play.replaceChildren(Q(t ? "stop" : "play"));
	}
}, Yt = class {
	actions;
	element = v("ul", "tora-list");
	constructor(e) {
		this.actions = e, this.element.setAttribute("role", "listbox"), this.element.setAttribute("aria-label", "Tracks");
	}
	render(e, t) {
		this.element.replaceChildren(...e.map((e) => this.row(e, e.id === t?.id)));
	}
	row(e, t) {
		let { actions: n } = this, r = v("li");
		r.dataset.track = e.id, r.setAttribute("role", "option"), r.setAttribute("aria-selected", String(t)), r.addEventListener("click", (t) => t.target === r && n.select(e.id));
		let i = (t) => n.change(e.id, t), a = v("input");
		Object.assign(a, {
			type: "color",
			value: e.color,
			title: "Colour"
		}), a.addEventListener("change", () => i({ color: a.value }));
		let o = v("input", "name");
		return Object.assign(o, {
			value: e.name,
			title: `${e.name}: ${e.points.length} points`
		}), o.addEventListener("focus", () => !t && n.select(e.id)), o.addEventListener("change", () => i({ name: o.value || e.name })), r.append(a, o, $(e.visible ? "shown" : "hidden", e.visible ? "Hide" : "Show", () => i({ visible: !e.visible })), $(e.locked ? "locked" : "unlocked", e.locked ? "Unlock" : "Lock", () => i({ locked: !e.locked }))), t && r.append(this.moreButtons(e.id)), r;
	}
	moreButtons(e) {
		let t = v("span", "more");
		return t.append($("duplicate", "Duplicate", () => this.actions.duplicate(e)), $("up", "Move up", () => this.actions.move(e, -1)), $("down", "Move down", () => this.actions.move(e, 1)), $("remove", "Delete", () => this.actions.remove(e))), t;
	}
}, $ = (e, t, n) => y(Q(e), t, n), Xt = class {
	element = v("div", "tora-bar");
	kind;
	tension;
	ease;
	speed;
	start;
	end;
	times = v("span");
	constructor(e) {
		this.kind = b("Kind of line", Ue, (t) => e.setKind(t)), this.tension = x("Tension of the curve: round to straight", (t) => e.change({ tension: t })), this.ease = b("Ease", We, (t) => e.change({ ease: t })), this.speed = b("Speed: constant, or slower where points are close", Ge, (t) => e.change({ speed: t })), this.start = x("When the track starts to move", (t) => e.setTiming("start", t)), this.end = x("When the track stops moving", (t) => e.setTiming("end", t)), this.element.append(this.kind, S("tension", this.tension, "wide"), this.ease, this.speed, S("start", this.start), S("end", this.end), this.times);
	}
	render(e, t, n) {
		for (let t of [
			this.tension,
			this.ease,
			this.speed,
			this.start,
			this.end
		]) t.disabled = !e;
		let { kind: r, tension: i, ease: a, speed: o, start: s, end: c } = e ?? {
			kind: t,
			tension: 0,
			ease: "linear",
			speed: "constant",
			start: 0,
			end: 1
		};
		this.kind.value = r, this.tension.value = String(i), this.ease.value = a, this.speed.value = o, this.start.value = String(s), this.end.value = String(c), this.times.textContent = `frames ${Math.round(s * (n - 1))}–${Math.round(c * (n - 1))}`;
	}
}, Zt = 500, Qt = "tora_opacity", $t = .8, en = class {
	host;
	element = v("div", "tora-editor");
	session;
	exchange;
	onChange = () => {};
	stage = new Ut(() => this.refresh());
	toolbar;
	list;
	settings;
	note = v("div", "tora-note");
	dialog = new g(this.element, () => this.refresh());
	stop = new AbortController();
	stopPanning;
	watching = setInterval(() => this.watch(), Zt);
	due = null;
	seen = "";
	constructor(e, t) {
		this.host = e, Gt(), this.element.style.minHeight = `${t}px`, this.note.setAttribute("role", "status"), this.session = this.makeSession(), this.exchange = this.makeExchange(), this.toolbar = new Jt(this.toolbarActions(), this.opacity), this.list = this.makeList(), this.settings = this.makeSettings();
		let n = v("div", "tora-body");
		n.append(this.stage.element, this.list.element), this.element.append(this.toolbar.element, n, this.settings.element, this.note), this.listen(), this.stopPanning = e.forwardPanning(this.element), this.refresh();
	}
	refresh() {
		this.schedule("all");
	}
	dispose() {
		this.stop.abort(), clearInterval(this.watching), this.stopPanning(), this.stage.dispose(), this.dialog.dispose();
	}
	makeSession() {
		return new zt({
			size: () => this.host.size(),
			edited: (e) => this.onEdit(e),
			refresh: () => this.refresh(),
			say: (e, t) => this.say(e, t)
		});
	}
	makeExchange() {
		let { session: e, host: t } = this;
		return new lt({
			size: () => t.size(),
			drawing: () => e.drawing,
			selected: () => e.selected,
			addTracks: (t) => e.addTracks(t),
			setBackground: (t) => e.edit({
				...e.drawing,
				bg: t
			}, "other"),
			upload: (e) => t.upload(e),
			say: (e, t) => this.say(e, t)
		});
	}
	toolbarActions() {
		let { session: e, exchange: t } = this;
		return {
			addTrack: () => e.addTrack(),
			choosePreset: (t) => {
				e.preset = t, this.say(`Drag on the picture from the middle of the ${t} outwards. A click places it at its usual size.`);
			},
			reverse: () => e.editSelected((e, { id: t }) => wt(e, t)),
			smooth: () => e.editSelected((e, { id: t }) => Tt(e, t)),
			toggleClosed: () => e.editSelected((e, { id: t, closed: n }) => Z(e, t, { closed: !n })),
			togglePlay: () => {
				e.playing = !e.playing, this.refresh();
			},
			askForText: () => t.askForText(),
			exportTracks: (e) => t.exportTracks(e),
			copyTrack: () => t.copyTrack(),
			askForPicture: () => t.askForPicture(),
			setOpacity: (e) => {
				this.host.setProperty(Qt, e), this.refresh();
			},
			expand: () => this.dialog.toggle(),
			help: () => this.say(qt)
		};
	}
	makeList() {
		let { session: e } = this;
		return new Yt({
			select: (t) => e.select(t),
			change: (t, n) => e.changeTrack(t, n),
			duplicate: (t) => e.duplicateTrack(t),
			move: (t, n) => e.moveTrack(t, n),
			remove: (t) => e.removeTrack(t)
		});
	}
	makeSettings() {
		let { session: e } = this;
		return new Xt({
			setKind: (t) => {
				e.kind = t, e.editSelected((e, { id: n }) => Z(e, n, { kind: t })), t === "static" && this.say("A static track has no effect in Tora. It does not hold an object in place.");
			},
			change: (t) => e.editSelected((e, { id: n }) => Z(e, n, t)),
			setTiming: (t, n) => e.editSelected((e, { id: r }) => bt(e, r, t, n))
		});
	}
	listen() {
		let { session: e, stage: t, exchange: n } = this, { signal: r } = this.stop, i = {
			size: () => this.host.size(),
			readOnly: () => this.host.readOnly(),
			drawing: () => e.drawing,
			selected: () => e.selected,
			chosen: () => e.chosen,
			kind: () => e.kind,
			takePreset: () => e.takePreset(),
			select: (t) => e.select(t),
			choose: (t) => e.choose(t),
			edit: (t, n) => e.edit(t, n),
			say: (e) => this.say(e),
			copyTrack: () => n.copyTrack()
		}, a = new Nt(t, i, r);
		Lt(t.element, {
			...i,
			dragging: () => a.dragging
		}, r), n.listen(this.element, r), this.element.addEventListener("keydown", (e) => e.stopPropagation(), { signal: r });
	}
	onEdit(e) {
		e === "no" ? this.schedule("stage") : (this.renderStage(), this.refresh(), this.onChange(), e === "other" && this.host.captureUndo());
	}
	say(e, t = !1) {
		this.note.textContent = e, this.note.title = e, this.note.classList.toggle("error", t);
	}
	get opacity() {
		return this.host.property(Qt, $t);
	}
	schedule(e) {
		let t = this.due !== null;
		this.due = this.due === "all" ? "all" : e, t || requestAnimationFrame(() => {
			let { due: e } = this;
			this.due = null, this.stop.signal.aborted || (this.renderStage(), e === "all" && this.renderPanels());
		});
	}
	renderStage() {
		let { drawing: e, selected: t, chosen: n, playing: r } = this.session, i = this.host.background(e.bg);
		this.stage.render({
			size: this.host.size(),
			tracks: e.tracks,
			selected: t,
			chosen: n,
			picture: i,
			opacity: this.opacity,
			playing: r
		});
	}
	renderPanels() {
		let { drawing: e, selected: t, kind: n, playing: r } = this.session;
		this.toolbar.render(t, r), this.list.render(e.tracks, t), this.settings.render(t, n, this.host.size().frames);
	}
	watch() {
		let e = JSON.stringify([this.host.size(), this.host.background(this.session.drawing.bg)]);
		e !== this.seen && this.refresh(), this.seen = e;
	}
}, tn = "TORA_TRAJECTORY", nn = 420;
p({
	name: "comfyui-tora.trajectory",
	getCustomWidgets: () => ({ [tn]: (e, t) => {
		let n = new m(e), r = new en(n, nn), { session: i } = r, a = e.addDOMWidget(t, tn, r.element, {
			getValue: () => i.value,
			setValue: (e) => i.setValue(e),
			getMinHeight: () => nn,
			hideOnZoom: !1,
			hideInPanel: !0,
			socketless: !0
		});
		return r.onChange = () => a.callback?.(i.value), rn(e, "onExecuted", (e) => {
			let { tora_background: t } = e;
			t?.[0] && n.setExecuted(t[0]), r.refresh();
		}), rn(e, "onConnectionsChange", () => setTimeout(() => r.refresh(), 0)), rn(e, "onRemoved", () => r.dispose()), { widget: a };
	} })
});
function rn(e, t, n) {
	let r = e[t];
	e[t] = function(...e) {
		r?.apply(this, e), n(e[0]);
	};
}
export { tn as WIDGET };
